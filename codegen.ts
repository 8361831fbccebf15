import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed documents for frontends, from the printed schema. `npm run generate` writes them; `npm run check:generated` fails when they are behind. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/client/documents/*.graphql'],
  importExtension: '.ts',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          JSONObject: 'Record<string, unknown>',
          Cursor: 'string',
          PositiveInt: 'number',
          URL: 'string',
          File: { input: 'Blob', output: 'never' },
        },
      },
    },
  },
}

export default config

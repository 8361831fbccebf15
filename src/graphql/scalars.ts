import { GraphQLError, GraphQLScalarType } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSONObject, GraphQLPositiveInt, GraphQLURL } from 'graphql-scalars'
import { isPendingUpload, type PendingUpload } from '../base/pending-upload.ts'
import type { Builder } from './builder.ts'

const LONGEST_CURSOR = 500

function parseCursor(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_CURSOR) return value
  throw new GraphQLError(`Cursor: expected a cursor as the API gave it, a text of 1 to ${LONGEST_CURSOR} characters.`)
}

const FileScalar = new GraphQLScalarType<PendingUpload, never>({
  name: 'File',
  description: 'A file of a multipart request (https://github.com/jaydenseric/graphql-multipart-request-spec); given as a variable only.',
  parseValue: (value) => {
    if (isPendingUpload(value)) return value
    throw new GraphQLError('File: expected a file of a multipart request, named in its `map`.')
  },
  parseLiteral: () => {
    throw new GraphQLError('File: expected a variable; files cannot be written into a document.')
  },
  serialize: () => {
    throw new GraphQLError('File: files are taken, never given.')
  },
})

const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'Opaque position in one stream. The same value in history edges, snapshots, mutation payloads and subscriptions: any of them may be given as `after`.',
  parseValue: parseCursor,
  serialize: (value) => String(value),
})

/** Adds the scalars that are not GraphQL's own. */
export function addScalars(builder: Builder): void {
  // The ISO flavor gives text on every transport, where the other gives `Date`s to whoever executes in process.
  builder.addScalarType(
    'DateTime',
    new GraphQLScalarType({
      ...GraphQLDateTimeISO.toConfig(),
      name: 'DateTime',
      description: 'An instant in ISO 8601 with an offset, such as 2026-03-07T10:15:30Z; answers are in UTC.',
    }),
  )
  builder.addScalarType(
    'JSONObject',
    new GraphQLScalarType({ ...GraphQLJSONObject.toConfig(), description: 'A JSON object. What is sent is at most 20 levels deep and 64 KiB long.' }),
  )
  builder.addScalarType('PositiveInt', new GraphQLScalarType({ ...GraphQLPositiveInt.toConfig(), description: 'A whole number from 1 on.' }))
  builder.addScalarType(
    'URL',
    new GraphQLScalarType({ ...GraphQLURL.toConfig(), description: 'An absolute address, such as https://shop.example.com/ (https://url.spec.whatwg.org).' }),
  )
  builder.addScalarType('Cursor', CursorScalar)
  builder.addScalarType('File', FileScalar)
}

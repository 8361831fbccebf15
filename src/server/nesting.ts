import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

/** No document within the other limits comes near it. */
export const MAX_NESTING = 200

/**
 * Whether brackets of a document are nested deeper than the recursive parser of graphql-js should be trusted with: some
 * thousand levels overflow its stack. Looks at tokens only, at most `maxTokens` of them; errors are left to the parser.
 */
export function isNestedTooDeep(query: string, maxTokens: number): boolean {
  const lexer = new Lexer(new Source(query))
  let depth = 0
  try {
    for (let count = 0; count <= maxTokens; count += 1) {
      const { kind } = lexer.advance()
      if (kind === TokenKind.EOF) return false
      if (OPENING.has(kind)) depth += 1
      if (CLOSING.has(kind)) depth -= 1
      if (depth > MAX_NESTING) return true
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
  }
  return false
}

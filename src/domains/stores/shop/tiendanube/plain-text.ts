/** Texts of a shop as we keep them. Everything here takes time in proportion to the text: it comes from outside. */

/** Without what PostgreSQL can't store: NUL, and halves of letters. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()

/** Tags that end a line. */
const BLOCKS = new Set(['p', 'div', 'br', 'li', 'ul', 'ol', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'tr', 'table', 'section', 'article', 'blockquote', 'hr'])
/** Their content is not for readers. */
const HIDDEN = new Set(['script', 'style', 'template', 'noscript'])
const LONGEST_NAME = 11
const TAG = /^\/?([a-z][a-z0-9]*)|^[!?/]/i

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  iexcl: '¡',
  iquest: '¿',
  laquo: '«',
  raquo: '»',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  middot: '·',
  deg: '°',
  euro: '€',
  copy: '©',
  reg: '®',
  trade: '™',
  times: '×',
  frac12: '½',
  ordm: 'º',
  ordf: 'ª',
  ntilde: 'ñ',
  Ntilde: 'Ñ',
  ccedil: 'ç',
  Ccedil: 'Ç',
  uuml: 'ü',
  Uuml: 'Ü',
  ouml: 'ö',
  Ouml: 'Ö',
  auml: 'ä',
  Auml: 'Ä',
  aacute: 'á',
  eacute: 'é',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  Aacute: 'Á',
  Eacute: 'É',
  Iacute: 'Í',
  Oacute: 'Ó',
  Uacute: 'Ú',
  agrave: 'à',
  egrave: 'è',
  atilde: 'ã',
  otilde: 'õ',
  Atilde: 'Ã',
  Otilde: 'Õ',
  acirc: 'â',
  ecirc: 'ê',
  ocirc: 'ô',
}
const LAST_CODE_POINT = 0x10ffff

/** HTML as somebody reads it: a line for each block, without markup, scripts and styles. */
export function plainText(html: string): string {
  let text = ''
  let hiddenBy: string | undefined
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (hiddenBy === undefined) text += html.slice(at, open < 0 ? html.length : open)
    if (open < 0) break
    const tag = TAG.exec(html.slice(open + 1, open + 2 + LONGEST_NAME))
    at = open + 1
    if (!tag) {
      // A sign between numbers, as in "1 < 2", begins no tag.
      if (hiddenBy === undefined) text += '<'
      continue
    }
    const name = tag[1]?.toLowerCase() ?? ''
    const close = html.indexOf('>', at)
    at = close < 0 ? html.length : close + 1
    if (hiddenBy !== undefined) hiddenBy = tag[0].toLowerCase() === `/${hiddenBy}` ? undefined : hiddenBy
    else if (HIDDEN.has(name) && !tag[0].startsWith('/')) hiddenBy = name
    else if (BLOCKS.has(name)) text += '\n'
  }
  return storable(tidy(decoded(text)))
}

const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,9}));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code > LAST_CODE_POINT ? '' : String.fromCodePoint(code)
  })

const tidy = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) =>
      line
        .split(/[\s\u00a0]+/)
        .join(' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .join('\n')

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHeader } from '../../../src/domains/imports/csv/read-header.ts'
import { type RawRecord, readRecords } from '../../../src/domains/imports/csv/read-records.ts'
import { scanFile } from '../../../src/domains/imports/csv/scan-file.ts'
import { HEADER } from './import-kit.ts'

const SIGNAL = new AbortController().signal

async function* inPieces(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

async function recordsOf(bytes: Buffer, { from = { byte: 0, line: 0 }, delimiter = ',', encoding = 'utf8' as const, size = 7 } = {}): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const record of readRecords({ bytes: inPieces(bytes.subarray(from.byte), size), from, delimiter, encoding })) records.push(record)
  return records
}

describe('readHeader', () => {
  test('finds the columns in any order and any case, with others beside them', () => {
    const header = readHeader(Buffer.from('Reference;CARD;line; holder ;Date;"Description";amount;Currency;INSTALLMENT\n'))
    expect(header).toMatchObject({ delimiter: ';', columns: [1, 3, 4, 5, 6, 7, 8, 0], endLine: 1 })
    expect(header.names).toEqual(['Reference', 'CARD', 'line', 'holder', 'Date', 'Description', 'amount', 'Currency', 'INSTALLMENT'])
  })
  test.each(['\n', '\r\n', '\r'])('knows where the rows start, with a BOM, empty lines and line end %j', (end) => {
    const text = `\ufeff${end}${HEADER}${end}`
    expect(readHeader(Buffer.from(`${text}x`))).toMatchObject({ endByte: Buffer.byteLength(text), endLine: 2 })
  })
  test.each([
    ['', 'EMPTY_FILE'],
    ['\ufeff \r\n', 'EMPTY_FILE'],
    ['4111111111111111,ANA,2024-01-01,X,1,ARS,,R\n', 'HEADER_MISSING'],
    [HEADER.replace('amount', 'total'), 'HEADER_MISSING'],
    [`${HEADER},Card`, 'HEADER_AMBIGUOUS'],
    [`${HEADER}${',x'.repeat(80)}`, 'TOO_MANY_COLUMNS'],
    ['"never closed', 'HEADER_MISSING'],
    ['card\u0000,holder', 'NOT_CSV'],
  ])('refuses %j', (text, code) => {
    expect(() => readHeader(Buffer.from(text))).toThrow(expect.objectContaining({ code }))
  })
  test('names what is missing, without card numbers', () => {
    expect(() => readHeader(Buffer.from('4111111111111111,ANA'))).toThrow(/missing: card.*found \*{12}1111, ANA/)
  })
  test('recognises UTF-16, which spreadsheets call Unicode text', () => {
    expect(() => readHeader(Buffer.from(`\ufeff${HEADER}`, 'utf16le'))).toThrow(/UTF-16/)
  })
})

describe('scanFile', () => {
  const scan = (bytes: Buffer, size = 3) => scanFile(inPieces(bytes, size), ',', SIGNAL)

  test('takes a file for UTF-8 when every byte fits, also where a character is cut by a chunk', async () => {
    expect(await scan(Buffer.from('a,ñ€😀\n'), 1)).toMatchObject({ encoding: 'utf8', records: 1 })
  })
  test('takes it for Windows-1252 when one byte anywhere does not fit', async () => {
    expect(await scan(Buffer.concat([Buffer.from('a,ñ\n'), Buffer.from([0xf1, 10])]))).toMatchObject({ encoding: 'windows-1252', records: 2 })
    expect(await scan(Buffer.from([97, 0xc3]))).toMatchObject({ encoding: 'windows-1252' })
  })
  test('refuses binary data wherever it stands', async () => {
    await expect(scan(Buffer.from(`${HEADER}\nabc\u0000`))).rejects.toMatchObject({ code: 'NOT_CSV' })
  })
})

// Files as people make them: any mixture of line ends, quotes, blanks and empty lines.
const cell = fc.oneof(
  fc.stringMatching(/^[a-zñ€ ]{0,6}$/),
  fc.array(fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é'), { maxLength: 6 }).map((parts) => `"${parts.join('').replaceAll('"', '""')}"`),
  fc.constantFrom('a"b', 'it"s"', ' "x" ', '""'),
)
const line = fc.oneof(
  { weight: 9, arbitrary: fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(',')) },
  { weight: 1, arbitrary: fc.constantFrom('', '  ') },
)
const file = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 }).map((lines) => Buffer.from(lines.flat().join('')))

describe('readRecords', () => {
  test('reads quotes, embedded line ends and blanks, and numbers lines as an editor does', async () => {
    const text = 'a,"b\r\nc","d ""e"""\r\n\r\n f ,g,h\n  \n"i","""",\r'
    expect((await recordsOf(Buffer.from(text))).map(({ line: at, cells }) => [at, cells])).toEqual([
      [1, ['a', 'b\r\nc', 'd "e"']],
      [4, [' f ', 'g', 'h']],
      [6, ['i', '"', '']],
    ])
  })
  test('reads Windows-1252, euro sign and typographic quotes included', async () => {
    expect((await recordsOf(Buffer.from('(a, b\n'), { encoding: 'windows-1252' as 'utf8' }))[0]?.cells).toEqual(['(a', ' b'])
    expect((await recordsOf(Buffer.from([0x80, 44, 0x93, 0xf1, 0x94, 10]), { encoding: 'windows-1252' as 'utf8' }))[0]?.cells).toEqual(['€', '“ñ”'])
  })
  test('a row that does not end is an error with its line, and bounded in memory', async () => {
    await expect(recordsOf(Buffer.from(`a\nb,"${'x\n'.repeat(50_000)}`), { size: 65_536 })).rejects.toMatchObject({
      code: 'ROW_TOO_LONG',
      message: expect.stringContaining('line 2'),
    })
  })
  test('goes on after any record with the same records, lines and places as without a break, whatever the file', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 20 }), async (bytes, size) => {
        const whole = await recordsOf(bytes, { size }).catch(() => undefined)
        if (!whole) return
        for (const [index, { end }] of whole.entries()) expect(await recordsOf(bytes, { from: end, size })).toEqual(whole.slice(index + 1))
      }),
      { numRuns: 300 },
    )
  })
  test('the count without parsing agrees with the parser, whatever the file', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 20 }), async (bytes, size) => {
        const whole = await recordsOf(bytes, { size }).catch(() => undefined)
        const { records } = await scanFile(inPieces(bytes, size), ',', SIGNAL)
        expect(records).toBe(whole?.length ?? records)
      }),
      { numRuns: 300 },
    )
  })
})

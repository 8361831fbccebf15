/**
 * How statement files are read by csv-parse. All line ends at once, because files that were put together from several have
 * mixed ones; a stray quote inside a cell is text; cells are counted by our own rule. Not trimmed here: with Latin-1, csv-parse 7.0.3 takes
 * bytes such as `(` and `€` for Unicode's blanks, because it encodes those to single bytes.
 */
export const CSV_DIALECT = {
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
  bom: false,
}

/** Characters of one row. A quote that is opened and never closed would otherwise take the rest of the file into memory. */
export const LONGEST_RECORD = 64 * 1024

import pg from 'pg'

/** How values come back, the same on both databases; per pool, because `pg.types` is shared by the whole process. */
const DATE = 1082
const INT8 = 20
const INT8_ARRAY = 1016

const parsers = new Map<number, (text: string) => unknown>([
  // Our counters stay far below 2^53.
  [INT8, Number],
  // A date has no time zone: as a `Date` it would shift by a day in some.
  [DATE, (text) => text],
])

const toStrings = (pg.types.getTypeParser as (oid: number, format: 'text') => (text: string) => unknown)(INT8_ARRAY, 'text')
parsers.set(INT8_ARRAY, (text) => (toStrings(text) as (string | null)[]).map((each) => (each === null ? null : Number(each))))

/** `int8` as number, `date` as its text, `timestamptz` as `Date`, json parsed, `numeric` as text (it is exact). */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(oid)) ?? pg.types.getTypeParser(oid, format ?? 'text'),
}

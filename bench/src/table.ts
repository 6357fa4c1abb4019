import type { Row } from './scenario.ts'

const text = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '–')

/** Rows as one Markdown table; the columns are the keys in the order in which they first appear. */
export const renderTable = (rows: readonly Row[]): string => {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const isNumber = columns.map(column => rows.every(row => typeof row[column] !== 'string'))
  const cells = rows.map(row => columns.map(column => text(row[column])))
  const widths = columns.map((column, index) =>
    Math.max(column.length, 3, ...cells.map(line => line[index]!.length)),
  )
  const line = (parts: readonly string[]): string =>
    `| ${parts.map((part, index) => (isNumber[index] === true ? part.padStart(widths[index]!) : part.padEnd(widths[index]!))).join(' | ')} |`
  const rule = widths.map((width, index) =>
    isNumber[index] === true ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(columns), line(rule), ...cells.map(line)].join('\n')
}

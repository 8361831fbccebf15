import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The sources as the architecture test sees them. */
export interface SourceFile {
  /** Path from the root of the project, with `/`. */
  readonly path: string
  readonly lines: number
  /** Without comments. */
  readonly code: string
  readonly imports: readonly SourceImport[]
}

export interface SourceImport {
  /** Path of the imported file from the root of the project, or the name of a package. */
  readonly target: string
  readonly local: boolean
  /** `import type` and `export type` leave nothing behind at run time. */
  readonly typeOnly: boolean
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const COMMENT_OR_TEXT = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
const STATIC_IMPORT = /(?:^|[\n;])\s*(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s+from\s+)?['"]([^'"\n]+)['"]/g
const DYNAMIC_IMPORT = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g
const SOURCE = /\.tsx?$/

/** Every TypeScript file below a folder of the project. */
export function readSourceFiles(folder: string): SourceFile[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !entry.parentPath.includes('node_modules'))
  return files.map((file) => readSourceFile(relative(ROOT, join(file.parentPath, file.name)).split(sep).join('/'))).toSorted(byPath)
}

const byPath = (left: SourceFile, right: SourceFile) => (left.path < right.path ? -1 : 1)

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const code = text.replaceAll(COMMENT_OR_TEXT, (match) => (match.startsWith('/') ? ' ' : match))
  return { path, lines: text.split('\n').length - 1, code, imports: readImports(path, code) }
}

function readImports(path: string, code: string): SourceImport[] {
  const statics = [...code.matchAll(STATIC_IMPORT)].map((match) => toImport(path, match[2] as string, match[1] !== undefined))
  const dynamics = [...code.matchAll(DYNAMIC_IMPORT)].map((match) => toImport(path, match[1] as string, false))
  return [...statics, ...dynamics]
}

function toImport(path: string, specifier: string, typeOnly: boolean): SourceImport {
  if (!specifier.startsWith('.')) return { target: packageName(specifier), local: false, typeOnly }
  const target = relative(ROOT, join(ROOT, dirname(path), specifier))
    .split(sep)
    .join('/')
  return { target, local: true, typeOnly }
}

const packageName = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

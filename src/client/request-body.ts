import type { HttpRequest } from './http.ts'

export interface RequestBody {
  readonly body: string | FormData
  readonly headers: Readonly<Record<string, string>>
}

/** JSON; with files among the variables a multipart form as https://github.com/jaydenseric/graphql-multipart-request-spec describes it. */
export function requestBody(request: HttpRequest): RequestBody {
  const files = new Map<string, Blob>()
  const variables = withoutFiles(request.variables, 'variables', files)
  if (files.size === 0) return { body: JSON.stringify(request), headers: { 'content-type': 'application/json' } }
  const form = new FormData()
  form.set('operations', JSON.stringify({ ...request, variables }))
  form.set('map', JSON.stringify(Object.fromEntries([...files.keys()].map((path, index) => [index, [path]]))))
  for (const [index, file] of [...files.values()].entries()) form.set(String(index), file, file instanceof File ? file.name : 'file')
  // The boundary is the form's own; the header shows that no other site's form sent this.
  return { body: form, headers: { 'x-batuta-csrf': '1' } }
}

function withoutFiles(value: unknown, path: string, files: Map<string, Blob>): unknown {
  if (value instanceof Blob) {
    files.set(path, value)
    return null
  }
  if (Array.isArray(value)) return value.map((each, index) => withoutFiles(each, `${path}.${index}`, files))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutFiles(each, `${path}.${key}`, files)]))
}

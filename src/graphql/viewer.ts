import { viewerOf } from './authorize.ts'
import type { Builder } from './builder.ts'

/** Who is asking. */
export function addViewer(builder: Builder): void {
  builder.objectType('Viewer', {
    description: 'Who is asking, as the token says.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Subject of the token.' }),
      name: t.string({ nullable: true, description: 'Name, where the token says one.', resolve: (viewer) => viewer.name }),
      roles: t.field({ type: ['Role'], description: 'What the token grants, each role at most once.', resolve: (viewer) => viewer.roles }),
      tenantId: t.id({ nullable: true, description: 'Tenant, where the token says one.', resolve: (viewer) => viewer.tenantId }),
    }),
  })
  builder.queryField('viewer', (t) => t.field({ type: 'Viewer', description: 'Who is asking.', resolve: (_root, _args, context) => viewerOf(context) }))
}

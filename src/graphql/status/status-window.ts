import { toTypeId } from '../../base/ids.ts'
import { WINDOW_PREFIX, type WindowKind, type WindowState, type WindowView } from '../../status/window.ts'
import type { Builder } from '../builder.ts'

const KINDS: Readonly<Record<Uppercase<WindowKind>, { readonly value: WindowKind; readonly description: string }>> = {
  GATE: { value: 'gate', description: 'A feature that was closed by hand, until it is opened or the time has come.' },
  MAINTENANCE: { value: 'maintenance', description: 'A time that was planned; it begins and ends by itself.' },
}

const STATES: Readonly<Record<Uppercase<WindowState>, { readonly value: WindowState; readonly description: string }>> = {
  SCHEDULED: { value: 'scheduled', description: 'Still to come.' },
  ACTIVE: { value: 'active', description: 'In effect.' },
  ENDED: { value: 'ended', description: 'Over, by itself or by hand; or called off before it began.' },
}

export type WindowTypes = ReturnType<typeof addStatusWindow>

/** A time in which features are limited by hand. */
export function addStatusWindow(builder: Builder) {
  const kind = builder.enumType('StatusWindowKind', { description: 'How features came to be limited by hand.', values: KINDS })
  const state = builder.enumType('StatusWindowState', { description: 'Where a window stands.', values: STATES })
  const window = builder.objectRef<WindowView>('StatusWindow').implement({
    description: 'A time in which features are limited by hand: a gate that an administrator closed, or a maintenance that was planned.',
    interfaces: ['Node'],
    isTypeOf: isWindow,
    fields: (t) => ({
      id: t.id({ description: 'Id of the window, such as window_01jd3k….', resolve: ({ id }) => toTypeId(WINDOW_PREFIX, id) }),
      kind: t.field({ type: kind, description: 'Gate or maintenance.', resolve: (from) => from.kind }),
      reason: t.exposeString('reason', { description: 'Why, for people.' }),
      level: t.field({ type: 'SystemLevel', description: 'How far it affects what people can do.', resolve: (from) => from.level }),
      blocks: t.field({ type: ['Feature'], description: 'Features that it blocks, one entry each.', resolve: (from) => from.blocks }),
      readOnly: t.field({
        type: ['Feature'],
        description: 'Features that it leaves to be read, one entry each; in CRITICAL all are.',
        resolve: (from) => from.readOnly,
      }),
      warns: t.field({ type: ['Feature'], description: 'Features that stay usable with a warning, one entry each.', resolve: (from) => from.warns }),
      tenantId: t.id({ nullable: true, description: 'The tenant that it reaches; null: everybody.', resolve: (from) => from.tenantId }),
      startsAt: t.expose('startsAt', { type: 'DateTime', description: "When it begins or began, by the database's clock, as all its times." }),
      plannedEndAt: t.expose('plannedEndAt', { type: 'DateTime', nullable: true, description: 'When it is, or was, to end; null: by hand only.' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended; null: not yet. Before startsAt: it was called off.' }),
      state: t.field({ type: state, description: 'Where it stands.', resolve: (from) => from.state }),
      version: t.exposeInt('version', { description: 'Grows with every edit: keep the highest, drop anything older.' }),
      createdBy: t.field({ type: 'Actor', nullable: true, description: 'Who made it; null for all but administrators.', resolve: (from) => from.createdBy }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    }),
  })
  return { window, state }
}

const isWindow = (value: unknown): value is WindowView => typeof value === 'object' && value !== null && 'plannedEndAt' in value

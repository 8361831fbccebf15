import { namedStream } from '../../base/ids.ts'
import type { Feature, SystemLevel } from '../../engine/definition.ts'
import type { FeatureAccess, ImpactCause, SystemStatus } from '../compute-status.ts'
import { type Effect, modeOf } from '../impact.ts'
import type { WindowView } from '../window.ts'

/**
 * The public shape of Atlassian's Statuspage (its API v2), so that widgets, bots and monitors that read such pages can read ours. Ids are made of
 * ours and can't be turned back; nothing of it names a user.
 */
export type Indicator = 'none' | 'minor' | 'major' | 'critical' | 'maintenance'
export type ComponentStatus = 'operational' | 'degraded_performance' | 'partial_outage' | 'major_outage' | 'under_maintenance'

export interface PageFacts {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly time_zone: string
  /** When anything on it last changed. */
  readonly updated_at: string
}

export interface PageComponent {
  readonly id: Feature
  readonly page_id: string
  readonly name: string
  readonly description: string
  readonly status: ComponentStatus
  readonly position: number
  readonly created_at: string
  readonly updated_at: string
  readonly showcase: boolean
  readonly group: boolean
  readonly group_id: null
  readonly only_show_if_degraded: boolean
}

export interface PageIncident {
  readonly id: string
  readonly page_id: string
  readonly name: string
  readonly status: 'investigating' | 'scheduled' | 'in_progress'
  readonly impact: Indicator
  readonly created_at: string
  readonly updated_at: string
  readonly started_at: string
  readonly monitoring_at: null
  readonly resolved_at: null
  readonly shortlink: string
  readonly incident_updates: readonly never[]
  readonly components: readonly PageComponent[]
}

export interface PageMaintenance extends PageIncident {
  readonly scheduled_for: string
  /** Null: it ends by hand. */
  readonly scheduled_until: string | null
}

export interface PageSummary {
  readonly page: PageFacts
  readonly status: { readonly indicator: Indicator; readonly description: string }
  readonly components: readonly PageComponent[]
  readonly incidents: readonly PageIncident[]
  readonly scheduled_maintenances: readonly PageMaintenance[]
}

export interface PageParams {
  /** Of who sees no operation at all. */
  readonly status: SystemStatus
  /** Address that the page was asked for at, without a path. */
  readonly url: string
  /** When what it says last changed. */
  readonly changedAt: Date
}

const PAGE_ID = 'batuta'

const INDICATORS: Readonly<Record<SystemLevel, readonly [Indicator, string]>> = {
  operational: ['none', 'All Systems Operational'],
  degraded: ['minor', 'Partially Degraded Service'],
  maintenance: ['maintenance', 'Service Under Maintenance'],
  critical: ['critical', 'Major Service Outage'],
}

const COMPONENTS: Readonly<Record<Feature, readonly [name: string, description: string]>> = {
  chat: ['Chat', 'The chat with the assistant.'],
  api: ['API', 'Changes through the API.'],
}

/** The page of a status. */
export function pageOf(params: PageParams): PageSummary {
  const { status } = params
  const [indicator, description] = INDICATORS[status.level]
  const components = status.features.map((access, index) => componentOf(access, index, params))
  const inEffect = status.causes.flatMap(({ window }) => (window?.kind === 'maintenance' ? [window] : []))
  return {
    page: { id: PAGE_ID, name: 'Batuta', url: params.url, time_zone: 'Etc/UTC', updated_at: params.changedAt.toISOString() },
    status: { indicator, description },
    components,
    incidents: onceEach(status.causes.filter(({ window }) => window?.kind !== 'maintenance').map((cause) => incidentOf(cause, components, params))),
    scheduled_maintenances: [...inEffect, ...status.upcoming.filter(({ kind }) => kind === 'maintenance')].map((window) =>
      maintenanceOf(window, components, params),
    ),
  }
}

function componentOf(access: FeatureAccess, index: number, { changedAt }: PageParams): PageComponent {
  const [name, description] = COMPONENTS[access.feature]
  const at = changedAt.toISOString()
  return {
    id: access.feature,
    page_id: PAGE_ID,
    name,
    description,
    status: componentStatus(access),
    position: index + 1,
    created_at: at,
    updated_at: at,
    showcase: true,
    group: false,
    group_id: null,
    only_show_if_degraded: false,
  }
}

function componentStatus({ mode, causes }: FeatureAccess): ComponentStatus {
  if (mode === 'available') return 'operational'
  if (mode === 'warning') return 'degraded_performance'
  if (mode === 'read_only') return 'partial_outage'
  return causes.some(({ level }) => level === 'critical') ? 'major_outage' : 'under_maintenance'
}

/** One-way: it is the same as long as the cause is. */
const publicId = (name: string): string => namedStream(`status page:${name}`)

function incidentOf({ title, level, type, window, impact }: ImpactCause, components: readonly PageComponent[], { url, changedAt }: PageParams): PageIncident {
  const at = (window?.startsAt ?? changedAt).toISOString()
  return {
    id: publicId(window?.id ?? `${type ?? ''}:${title}`),
    page_id: PAGE_ID,
    name: title,
    status: 'investigating',
    impact: level === 'maintenance' ? 'major' : INDICATORS[level][0],
    created_at: at,
    updated_at: (window?.updatedAt ?? changedAt).toISOString(),
    started_at: at,
    monitoring_at: null,
    resolved_at: null,
    shortlink: url,
    incident_updates: [],
    components: affected(components, impact),
  }
}

const affected = (components: readonly PageComponent[], effect: Effect): readonly PageComponent[] =>
  components.filter(({ id }) => modeOf(effect, id) !== 'available')

/** Operations that look the same to strangers are one incident. */
const onceEach = (incidents: readonly PageIncident[]): readonly PageIncident[] => [...new Map(incidents.map((incident) => [incident.id, incident])).values()]

function maintenanceOf(window: WindowView, components: readonly PageComponent[], { url }: PageParams): PageMaintenance {
  return {
    id: publicId(window.id),
    page_id: PAGE_ID,
    name: window.reason,
    status: window.state === 'active' ? 'in_progress' : 'scheduled',
    impact: 'maintenance',
    created_at: window.createdAt.toISOString(),
    updated_at: window.updatedAt.toISOString(),
    started_at: window.startsAt.toISOString(),
    monitoring_at: null,
    resolved_at: null,
    shortlink: url,
    incident_updates: [],
    components: affected(components, window),
    scheduled_for: window.startsAt.toISOString(),
    scheduled_until: window.plannedEndAt?.toISOString() ?? null,
  }
}

/** Ready-made tabs of GraphiQL: the life of an operation, from start to history. Put the id of the first answer into the others. */
export interface GraphiqlTab {
  readonly query: string
  /** JSON text. */
  readonly variables: string
}

const ID = 'operation_…'
const variables = (value: object): string => JSON.stringify(value, null, 2)

const START = `# 1. Start some simulated work. Copy the id of the answer into the other tabs.
mutation Start($input: StartSandboxExerciseInput!) {
  startSandboxExercise(input: $input) {
    __typename
    ... on OperationPayload { replayed cursor operation { id title state } }
    ... on InvalidInputError { issues { path message } }
    ... on Error { code message }
  }
}
`

const EVENTS = `# 2. Watch its history happen: every event once, in order. Stop it, put the last cursor into "after", run it again: nothing is lost.
subscription Events($operationId: ID!, $after: Cursor) {
  operationEvents(operationId: $operationId, after: $after) {
    __typename
    cursor
    ... on OperationSnapshot { operation { state version } }
    ... on OperationEvent { seq type occurredAt actor { kind id } data operation { state } }
    ... on StreamCaughtUp { replayed }
    ... on StreamGap { reason }
  }
}
`

const PROGRESS = `# 3. Watch its progress: the latest state, at most one frame per interval.
subscription Progress($id: ID!) {
  operation(id: $id, minIntervalMs: 500) {
    state
    progress { percentage done total unit ratePerSecond remainingSeconds message }
    steps { title state durationMs }
    actions { action enabled disabledReason }
  }
}
`

const RESULT = `    __typename
    ... on OperationPayload { cursor operation { id state stateReason { code message until } } }
    ... on InvalidStateError { message allowed }
    ... on Error { code message }`

const control = (number: number, name: string, remark: string, input = 'OperationControlInput'): string => `# ${number}. ${remark}
mutation ${name}($input: ${input}!) {
  ${name.toLowerCase()}Operation(input: $input) {
${RESULT}
  }
}
`

const HISTORY = `# 8. What there was and what is active, newest first.
query History($filter: OperationFilter, $after: String) {
  operations(filter: $filter, first: 20, after: $after) {
    edges { node { id type title state createdAt finishedAt progress { percentage } failure { code message } } }
    pageInfo { hasNextPage endCursor }
  }
}
`

const EXTERNAL = `# 9. Work that runs elsewhere: open it, report on it, complete it. Put the id of the first answer into "report" and "complete".
mutation Open($open: OpenExternalOperationInput!) {
  openExternalOperation(input: $open) {
    __typename
    ... on OperationPayload { operation { id state stateReason { message until } } }
    ... on Error { code message }
  }
}

mutation Report($report: ReportProgressInput!) {
  reportProgress(input: $report) {
${RESULT}
  }
}

mutation Complete($complete: CompleteOperationInput!) {
  completeOperation(input: $complete) {
${RESULT}
  }
}
`

const SALES = `# 10. Sales as they happen: run "Watch" in one tab and "Sell" in another. "Badge" counts what "Seen" has not marked.
mutation Sell($sale: CreateSaleInput!) {
  createSale(input: $sale) {
    __typename
    ... on SalePayload { replayed sale { id reference state total currency version } }
    ... on SaleReferenceConflictError { fields }
    ... on InvalidInputError { issues { path message } }
    ... on Error { code message }
  }
}

subscription Watch($after: Cursor) {
  saleEvents(after: $after) {
    __typename
    cursor
    ... on SaleEvent { seq type occurredAt sale { reference customer channel state total currency } }
    ... on StreamCaughtUp { replayed }
    ... on StreamGap { reason }
  }
}

subscription Badge {
  salesInbox { hasNewSales unseenCount lastSeenAt cursor }
}

mutation Seen {
  markSalesSeen { unseenCount lastSeenAt }
}
`

const ACCESS = `# 11. What may be done now, and why not. Run "Live" in one tab; close the gate, open it again, or plan a maintenance in another.
query Access {
  systemStatus {
    level message estimatedRestorationAt
    features { feature mode allowed reason until retryAfterSeconds }
    causes { title level until operation { id } window { id kind } }
    upcoming { id reason startsAt plannedEndAt }
  }
}

subscription Live {
  featureAccess(feature: CHAT) { mode allowed reason until retryAfterSeconds causes { title } }
}

mutation Close($gate: CloseGateInput!) {
  closeGate(input: $gate) { __typename ... on Error { code message } }
}

mutation Open {
  openGate(input: { feature: CHAT }) { __typename ... on Error { code message } }
}

mutation Plan($maintenance: PlanMaintenanceInput!) {
  planMaintenance(input: $maintenance) { __typename ... on MaintenancePayload { window { id state startsAt plannedEndAt } } ... on Error { code message } }
}

# Vacuums, rebuilds indexes, prunes, and restarts the workers of every instance; everybody is read only meanwhile, but for administrators.
mutation Maintain {
  startSystemMaintenance(input: { reason: "Monthly care" }) { __typename ... on OperationPayload { operation { id state } } ... on Error { code message } }
}
`

const NOTIFICATIONS = `# 12. What people are told. Run "Inbox" in one tab and start something in tab 1: one notification, edited in place.
subscription Inbox($after: Cursor) {
  notifications(after: $after) {
    __typename
    cursor
    ... on NotificationFrame { seq type unseenCount notification { id kind title body count version autoHideSeconds operation { id state } } }
    ... on StreamCaughtUp { replayed }
    ... on StreamGap { reason }
  }
}

query List {
  notifications(first: 20) {
    unseenCount cursor
    edges { node { id kind category title body count updatedAt seenAt actions { action enabled } } }
  }
}

mutation DismissAll {
  dismissAllNotifications(input: {}) { dismissedCount unseenCount }
}

query Preferences {
  notificationPreferences { category channel enabled locked source available }
  quietHours { timeZone from until }
  notificationDestinations { id channel address }
}
`

const STORES = `# 13. Stores: "Connect" the sandbox shop, "Watch" it with the id of the operation, then "Search" with that of the store and "Refresh".
mutation Connect($shop: StartStoreConnectionInput!) {
  startStoreConnection(input: $shop) {
    __typename
    ... on OperationPayload { operation { id state ... on StoreConnectionOperation { store { id } } } }
    ... on InvalidInputError { issues { path message } }
    ... on Error { code message }
  }
}

subscription Watch($operationId: ID!) {
  operation(id: $operationId) {
    state
    steps { title state durationMs }
    progress { percentage done total unit message }
    failure { code message }
  }
}

query Stores {
  stores(first: 20) {
    edges { node { id name platform status productCount orderCount customerCount lastSyncedAt activeOperation { id type state } } }
  }
}

query Search($storeId: ID!, $query: String!) {
  searchStore(storeId: $storeId, query: $query) { score highlight product { id name price currency stock } }
}

mutation Refresh {
  refreshStores(input: { reason: "manual_refresh" }) {
    __typename
    ... on RefreshStoresPayload { operations { id title state } alreadyRunning { id state } }
    ... on Error { code message }
  }
}
`

export const GRAPHIQL_TABS: readonly GraphiqlTab[] = [
  { query: START, variables: variables({ input: { items: 600, itemMs: 100 } }) },
  { query: EVENTS, variables: variables({ operationId: ID, after: null }) },
  { query: PROGRESS, variables: variables({ id: ID }) },
  {
    query: control(4, 'Pause', 'Pause it: it stops at its next boundary and keeps what is done.'),
    variables: variables({ input: { id: ID, reason: 'a closer look' } }),
  },
  { query: control(5, 'Resume', 'Let it go on from where it stopped.'), variables: variables({ input: { id: ID } }) },
  { query: control(6, 'Cancel', 'End it.'), variables: variables({ input: { id: ID, reason: 'not needed any more' } }) },
  {
    query: control(7, 'Retry', 'Run it again after it failed or was canceled; finished steps are skipped.', 'RetryOperationInput'),
    variables: variables({ input: { id: ID, from: 'LAST_STEP' } }),
  },
  { query: HISTORY, variables: variables({ filter: {}, after: null }) },
  {
    query: EXTERNAL,
    variables: variables({
      open: { title: 'Nightly sync of another service', total: 50, unit: 'files', deadlineSeconds: 600 },
      report: { id: ID, done: 20, failed: 1, message: 'halfway there' },
      complete: { id: ID, result: { files: 50 } },
    }),
  },
  {
    query: SALES,
    variables: variables({
      sale: {
        reference: 'ORDER-1001',
        customer: 'Ana López',
        channel: 'ONLINE',
        currency: 'USD',
        lines: [{ sku: 'MATE-1', name: 'Mate gourd', quantity: 2, unitPrice: '12.50' }],
      },
      after: null,
    }),
  },
  {
    query: ACCESS,
    variables: variables({
      gate: { feature: 'CHAT', reason: 'The provider of the chat is away', until: null },
      maintenance: { reason: 'New disks', blocks: ['CHAT'], from: null, until: null },
    }),
  },
  { query: NOTIFICATIONS, variables: variables({ after: null }) },
  {
    query: STORES,
    variables: variables({ shop: { name: 'My first shop', platform: 'SANDBOX' }, operationId: ID, storeId: 'store_…', query: 'zapatillas rojas' }),
  },
]

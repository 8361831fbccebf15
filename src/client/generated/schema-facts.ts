// Printed from schema.graphql by `npm run generate`. Do not edit.

/** Object types of each interface and union: what caches need to match fragments. */
export const possibleTypes: Readonly<Record<string, readonly string[]>> = {
  "DeleteCategoryRuleResult": [
    "DeleteCategoryRulePayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "DeleteStatementBatchResult": [
    "DeleteStatementBatchPayload",
    "ForbiddenError",
    "InvalidInputError",
    "InvalidStateError",
    "NotFoundError"
  ],
  "DismissAllNotificationsResult": [
    "DismissAllNotificationsPayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "DismissNotificationResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError",
    "NotificationPayload"
  ],
  "Error": [
    "AlreadyRunningError",
    "FeatureBlockedError",
    "ForbiddenError",
    "IdempotencyConflictError",
    "InvalidInputError",
    "InvalidSaleStateError",
    "InvalidStateError",
    "NotFoundError",
    "QuotaExceededError",
    "SaleReferenceConflictError",
    "SaleVersionConflictError",
    "VersionConflictError"
  ],
  "MarkNotificationsSeenResult": [
    "ForbiddenError",
    "InvalidInputError",
    "MarkNotificationsSeenPayload",
    "NotFoundError"
  ],
  "Node": [
    "CategoryRule",
    "ExternalOperation",
    "Notification",
    "Sale",
    "SandboxExerciseOperation",
    "StatementBatch",
    "StatementImportOperation",
    "StatementRecategorizationOperation"
  ],
  "Operation": [
    "ExternalOperation",
    "SandboxExerciseOperation",
    "StatementImportOperation",
    "StatementRecategorizationOperation"
  ],
  "OperationControlResult": [
    "ForbiddenError",
    "InvalidInputError",
    "InvalidStateError",
    "NotFoundError",
    "OperationPayload",
    "VersionConflictError"
  ],
  "RevokeAccessResult": [
    "ForbiddenError",
    "InvalidInputError",
    "RevokeAccessPayload"
  ],
  "SaleResult": [
    "ForbiddenError",
    "InvalidInputError",
    "InvalidSaleStateError",
    "NotFoundError",
    "SalePayload",
    "SaleReferenceConflictError",
    "SaleVersionConflictError"
  ],
  "SetCategoryRuleResult": [
    "CategoryRulePayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "StartOperationResult": [
    "AlreadyRunningError",
    "FeatureBlockedError",
    "ForbiddenError",
    "IdempotencyConflictError",
    "InvalidInputError",
    "NotFoundError",
    "OperationPayload",
    "QuotaExceededError"
  ],
  "StreamFrame": [
    "NotificationFrame",
    "OperationEvent",
    "OperationSnapshot",
    "SaleEvent",
    "StreamCaughtUp",
    "StreamGap"
  ]
}

/** Object types without an id: they are parts of what holds them. */
export const unkeyedTypes: readonly string[] = [
  "AccessRevocation",
  "AlreadyRunningError",
  "AvailableAction",
  "CategoryRulePayload",
  "CurrencyTotal",
  "DeleteCategoryRulePayload",
  "DeleteStatementBatchPayload",
  "DismissAllNotificationsPayload",
  "FeatureAccess",
  "FeatureBlockedError",
  "ForbiddenError",
  "IdempotencyConflictError",
  "ImpactCause",
  "InputIssue",
  "InvalidInputError",
  "InvalidSaleStateError",
  "InvalidStateError",
  "MarkNotificationsSeenPayload",
  "NotFoundError",
  "NotificationConnection",
  "NotificationEdge",
  "NotificationFrame",
  "NotificationPayload",
  "OperationConnection",
  "OperationDefinition",
  "OperationEdge",
  "OperationEvent",
  "OperationEventConnection",
  "OperationEventEdge",
  "OperationFailure",
  "OperationImpact",
  "OperationMetrics",
  "OperationPayload",
  "OperationProgress",
  "OperationSnapshot",
  "OperationStep",
  "PageInfo",
  "QuotaExceededError",
  "RejectedRow",
  "RejectedRowConnection",
  "RejectedRowEdge",
  "RevokeAccessPayload",
  "SaleConnection",
  "SaleEdge",
  "SaleEvent",
  "SaleLine",
  "SalePayload",
  "SaleReferenceConflictError",
  "SaleVersionConflictError",
  "SalesInbox",
  "SandboxExerciseResult",
  "StateReason",
  "StatementBatchConnection",
  "StatementBatchEdge",
  "StatementImportResult",
  "StatementRecategorizationResult",
  "StatementRow",
  "StatementRowConnection",
  "StatementRowEdge",
  "StepDefinition",
  "StreamCaughtUp",
  "StreamGap",
  "SystemStatus",
  "VersionConflictError"
]

/** Object types without an id of which a viewer has exactly one, that can be asked for and subscribed to. */
export const singletonTypes: readonly string[] = [
  "SalesInbox"
]

/** Object types with `id` and `version`: of two answers the one with the higher version is newer. */
export const versionedTypes: readonly string[] = [
  "ExternalOperation",
  "Notification",
  "Sale",
  "SandboxExerciseOperation",
  "StatementImportOperation",
  "StatementRecategorizationOperation"
]

/** Parts with a `revision` of their own, which orders them whatever the version of what holds them. */
export const revisedTypes: readonly string[] = [
  "OperationProgress"
]

/** Frames with a `seq`: 1, 2, 3 … without a hole. */
export const sequencedTypes: readonly string[] = [
  "NotificationFrame",
  "OperationEvent",
  "SaleEvent"
]

/** Subscriptions that lose nothing and go on after a cursor. */
export const losslessFields: readonly string[] = [
  "notifications",
  "operationEvents",
  "saleEvents"
]

/** Mutations that take an idempotency key, and the argument in which it stands. */
export const keyedMutations: Readonly<Record<string, string>> = {
  "openExternalOperation": "input",
  "startOperation": "input",
  "startSandboxExercise": "input",
  "startStatementImport": "input",
  "startStatementRecategorization": "input"
}

/** Relay connections: type, field, and the arguments that make another list of it. */
export const connectionFields: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "Query": {
    "notifications": [
      "filter"
    ],
    "operations": [
      "filter",
      "orderBy"
    ],
    "sales": [
      "filter"
    ],
    "statementBatches": []
  },
  "ExternalOperation": {
    "events": []
  },
  "Notification": {
    "operations": [
      "outcome"
    ]
  },
  "SandboxExerciseOperation": {
    "events": []
  },
  "StatementBatch": {
    "rejectedRows": [],
    "rows": []
  },
  "StatementImportOperation": {
    "events": []
  },
  "StatementRecategorizationOperation": {
    "events": []
  }
}

/** Type of each field that is an object. */
export const compositeFields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "AccessRevocation": {
    "revokedBy": "Actor"
  },
  "AlreadyRunningError": {
    "operation": "Operation"
  },
  "CategoryRulePayload": {
    "rule": "CategoryRule"
  },
  "DeleteStatementBatchPayload": {
    "operation": "Operation"
  },
  "FeatureAccess": {
    "causes": "ImpactCause"
  },
  "IdempotencyConflictError": {
    "operation": "Operation"
  },
  "ImpactCause": {
    "operation": "Operation"
  },
  "InvalidInputError": {
    "issues": "InputIssue"
  },
  "InvalidSaleStateError": {
    "sale": "Sale"
  },
  "InvalidStateError": {
    "operation": "Operation"
  },
  "Mutation": {
    "cancelOperation": "OperationControlResult",
    "cancelSale": "SaleResult",
    "checkoutSale": "SaleResult",
    "completeOperation": "OperationControlResult",
    "confirmPayment": "SaleResult",
    "createSale": "SaleResult",
    "deleteCategoryRule": "DeleteCategoryRuleResult",
    "deleteStatementBatch": "DeleteStatementBatchResult",
    "dismissAllNotifications": "DismissAllNotificationsResult",
    "dismissNotification": "DismissNotificationResult",
    "failOperation": "OperationControlResult",
    "markNotificationsSeen": "MarkNotificationsSeenResult",
    "markSalesSeen": "SalesInbox",
    "openExternalOperation": "StartOperationResult",
    "pauseOperation": "OperationControlResult",
    "reportProgress": "OperationControlResult",
    "resumeOperation": "OperationControlResult",
    "retryOperation": "OperationControlResult",
    "revokeAccess": "RevokeAccessResult",
    "setCategoryRule": "SetCategoryRuleResult",
    "startOperation": "StartOperationResult",
    "startSandboxExercise": "StartOperationResult",
    "startStatementImport": "StartOperationResult",
    "startStatementRecategorization": "StartOperationResult",
    "updateSale": "SaleResult"
  },
  "Notification": {
    "actions": "AvailableAction",
    "operation": "Operation",
    "operations": "OperationConnection"
  },
  "NotificationConnection": {
    "edges": "NotificationEdge",
    "pageInfo": "PageInfo"
  },
  "NotificationEdge": {
    "node": "Notification"
  },
  "NotificationFrame": {
    "notification": "Notification"
  },
  "NotificationPayload": {
    "notification": "Notification"
  },
  "Operation": {
    "actions": "AvailableAction",
    "events": "OperationEventConnection",
    "failure": "OperationFailure",
    "impact": "OperationImpact",
    "owner": "Actor",
    "progress": "OperationProgress",
    "stateReason": "StateReason",
    "steps": "OperationStep"
  },
  "OperationConnection": {
    "edges": "OperationEdge",
    "pageInfo": "PageInfo"
  },
  "OperationDefinition": {
    "impact": "OperationImpact",
    "steps": "StepDefinition"
  },
  "OperationEdge": {
    "node": "Operation"
  },
  "OperationEvent": {
    "actor": "Actor",
    "operation": "Operation"
  },
  "OperationEventConnection": {
    "edges": "OperationEventEdge",
    "pageInfo": "PageInfo"
  },
  "OperationEventEdge": {
    "node": "OperationEvent"
  },
  "OperationPayload": {
    "operation": "Operation"
  },
  "OperationSnapshot": {
    "operation": "Operation"
  },
  "Query": {
    "categoryRules": "CategoryRule",
    "node": "Node",
    "nodes": "Node",
    "notifications": "NotificationConnection",
    "operation": "Operation",
    "operationDefinitions": "OperationDefinition",
    "operationMetrics": "OperationMetrics",
    "operations": "OperationConnection",
    "sale": "Sale",
    "sales": "SaleConnection",
    "salesInbox": "SalesInbox",
    "statementBatch": "StatementBatch",
    "statementBatches": "StatementBatchConnection",
    "systemStatus": "SystemStatus",
    "viewer": "Viewer"
  },
  "RejectedRowConnection": {
    "edges": "RejectedRowEdge",
    "pageInfo": "PageInfo"
  },
  "RejectedRowEdge": {
    "node": "RejectedRow"
  },
  "RevokeAccessPayload": {
    "revocation": "AccessRevocation"
  },
  "Sale": {
    "createdBy": "Actor",
    "lines": "SaleLine"
  },
  "SaleConnection": {
    "edges": "SaleEdge",
    "pageInfo": "PageInfo"
  },
  "SaleEdge": {
    "node": "Sale"
  },
  "SaleEvent": {
    "actor": "Actor",
    "sale": "Sale"
  },
  "SalePayload": {
    "sale": "Sale"
  },
  "SaleReferenceConflictError": {
    "existingSale": "Sale"
  },
  "SaleVersionConflictError": {
    "sale": "Sale"
  },
  "SandboxExerciseOperation": {
    "result": "SandboxExerciseResult"
  },
  "StateReason": {
    "actor": "Actor"
  },
  "StatementBatch": {
    "operation": "Operation",
    "rejectedRows": "RejectedRowConnection",
    "rows": "StatementRowConnection"
  },
  "StatementBatchConnection": {
    "edges": "StatementBatchEdge",
    "pageInfo": "PageInfo"
  },
  "StatementBatchEdge": {
    "node": "StatementBatch"
  },
  "StatementImportOperation": {
    "batch": "StatementBatch",
    "result": "StatementImportResult"
  },
  "StatementImportResult": {
    "totals": "CurrencyTotal"
  },
  "StatementRecategorizationOperation": {
    "result": "StatementRecategorizationResult"
  },
  "StatementRowConnection": {
    "edges": "StatementRowEdge",
    "pageInfo": "PageInfo"
  },
  "StatementRowEdge": {
    "node": "StatementRow"
  },
  "Subscription": {
    "notifications": "StreamFrame",
    "operation": "Operation",
    "operationEvents": "StreamFrame",
    "operations": "Operation",
    "saleEvents": "StreamFrame",
    "salesInbox": "SalesInbox"
  },
  "SystemStatus": {
    "causes": "ImpactCause",
    "features": "FeatureAccess"
  },
  "VersionConflictError": {
    "operation": "Operation"
  }
}

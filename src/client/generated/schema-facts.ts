// Printed from schema.graphql by `npm run generate`. Do not edit.

/** Object types of each interface and union: what caches need to match fragments. */
export const possibleTypes: Readonly<Record<string, readonly string[]>> = {
  "CloseGateResult": [
    "CloseGatePayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "CreateStoreInstallLinkResult": [
    "CreateStoreInstallLinkPayload",
    "ForbiddenError",
    "InvalidInputError"
  ],
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
  "DisconnectStoreResult": [
    "AlreadyRunningError",
    "DisconnectStorePayload",
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
    "StatusWindowIdempotencyConflictError",
    "StatusWindowStateError",
    "StatusWindowVersionConflictError",
    "VersionConflictError"
  ],
  "MaintenanceResult": [
    "ForbiddenError",
    "InvalidInputError",
    "MaintenancePayload",
    "NotFoundError",
    "StatusWindowIdempotencyConflictError",
    "StatusWindowStateError",
    "StatusWindowVersionConflictError"
  ],
  "MarkNotificationsSeenResult": [
    "ForbiddenError",
    "InvalidInputError",
    "MarkNotificationsSeenPayload",
    "NotFoundError"
  ],
  "Node": [
    "CategoryRule",
    "ChatMessage",
    "Customer",
    "DataUpdateOperation",
    "ExternalOperation",
    "Notification",
    "NotificationDestination",
    "Order",
    "Product",
    "RagSyncOperation",
    "Sale",
    "SandboxExerciseOperation",
    "StatementBatch",
    "StatementImportOperation",
    "StatementRecategorizationOperation",
    "StatusWindow",
    "Store",
    "StoreConnectionOperation",
    "StoreReconnectionOperation",
    "SystemMaintenanceOperation",
    "WhatsappSetupOperation"
  ],
  "NotificationDestinationResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError",
    "NotificationDestinationPayload",
    "QuotaExceededError"
  ],
  "OpenGateResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError",
    "OpenGatePayload"
  ],
  "Operation": [
    "DataUpdateOperation",
    "ExternalOperation",
    "RagSyncOperation",
    "SandboxExerciseOperation",
    "StatementImportOperation",
    "StatementRecategorizationOperation",
    "StoreConnectionOperation",
    "StoreReconnectionOperation",
    "SystemMaintenanceOperation",
    "WhatsappSetupOperation"
  ],
  "OperationControlResult": [
    "FeatureBlockedError",
    "ForbiddenError",
    "InvalidInputError",
    "InvalidStateError",
    "NotFoundError",
    "OperationPayload",
    "VersionConflictError"
  ],
  "OperationFigures": [
    "OperationMetrics",
    "OperationMetricsWindow",
    "OperationTypeMetrics"
  ],
  "RefreshStoresResult": [
    "FeatureBlockedError",
    "ForbiddenError",
    "InvalidInputError",
    "QuotaExceededError",
    "RefreshStoresPayload"
  ],
  "RemoveNotificationDestinationResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError",
    "RemoveNotificationDestinationPayload"
  ],
  "RenameStoreResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError",
    "RenameStorePayload"
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
  "SendChatMessageResult": [
    "ChatMessagePayload",
    "FeatureBlockedError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "SetCategoryRuleResult": [
    "CategoryRulePayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ],
  "SetNotificationDefaultResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotificationDefaultPayload"
  ],
  "SetNotificationPreferenceResult": [
    "ForbiddenError",
    "InvalidInputError",
    "NotificationPreferencePayload"
  ],
  "SetQuietHoursResult": [
    "ForbiddenError",
    "InvalidInputError",
    "QuietHoursPayload"
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
  ],
  "UpdateAgentResult": [
    "AgentPayload",
    "ForbiddenError",
    "InvalidInputError",
    "NotFoundError"
  ]
}

/** Object types without an id: they are parts of what holds them. */
export const unkeyedTypes: readonly string[] = [
  "AccessRevocation",
  "Agent",
  "AgentPayload",
  "AlreadyRunningError",
  "AvailableAction",
  "CategoryRulePayload",
  "ChatMessageConnection",
  "ChatMessageEdge",
  "ChatMessagePayload",
  "CloseGatePayload",
  "CreateStoreInstallLinkPayload",
  "CurrencyTotal",
  "CustomerConnection",
  "CustomerEdge",
  "DataUpdateResult",
  "DeleteCategoryRulePayload",
  "DeleteStatementBatchPayload",
  "DeliveryResult",
  "DisconnectStorePayload",
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
  "MaintenanceCheck",
  "MaintenancePayload",
  "MarkNotificationsSeenPayload",
  "NotFoundError",
  "NotificationConnection",
  "NotificationDefaultPayload",
  "NotificationDestinationPayload",
  "NotificationEdge",
  "NotificationFrame",
  "NotificationPayload",
  "NotificationPreference",
  "NotificationPreferencePayload",
  "OpenGatePayload",
  "OperationConnection",
  "OperationDefinition",
  "OperationEdge",
  "OperationEstimate",
  "OperationEvent",
  "OperationEventConnection",
  "OperationEventEdge",
  "OperationFailure",
  "OperationImpact",
  "OperationMetrics",
  "OperationMetricsWindow",
  "OperationPayload",
  "OperationProgress",
  "OperationSnapshot",
  "OperationStep",
  "OperationTypeMetrics",
  "OrderConnection",
  "OrderEdge",
  "OrderLine",
  "PageInfo",
  "ProductConnection",
  "ProductEdge",
  "ProductVariant",
  "QuietHours",
  "QuietHoursPayload",
  "QuotaExceededError",
  "RagSyncResult",
  "RefreshStoresPayload",
  "RejectedRow",
  "RejectedRowConnection",
  "RejectedRowEdge",
  "RemoveNotificationDestinationPayload",
  "RenameStorePayload",
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
  "SearchHit",
  "StateReason",
  "StatementBatchConnection",
  "StatementBatchEdge",
  "StatementImportResult",
  "StatementRecategorizationResult",
  "StatementRow",
  "StatementRowConnection",
  "StatementRowEdge",
  "StatusWindowConnection",
  "StatusWindowEdge",
  "StatusWindowIdempotencyConflictError",
  "StatusWindowStateError",
  "StatusWindowVersionConflictError",
  "StepDefinition",
  "StoreConnection",
  "StoreConnectionResult",
  "StoreEdge",
  "StoreReconnectionResult",
  "StreamCaughtUp",
  "StreamGap",
  "SystemMaintenanceResult",
  "SystemStatus",
  "VersionConflictError",
  "WhatsappSetupResult"
]

/** Object types without an id of which a viewer has exactly one, that can be asked for and subscribed to. */
export const singletonTypes: readonly string[] = [
  "SalesInbox"
]

/** Object types with `id` and `version`: of two answers the one with the higher version is newer. */
export const versionedTypes: readonly string[] = [
  "DataUpdateOperation",
  "ExternalOperation",
  "Notification",
  "RagSyncOperation",
  "Sale",
  "SandboxExerciseOperation",
  "StatementImportOperation",
  "StatementRecategorizationOperation",
  "StatusWindow",
  "StoreConnectionOperation",
  "StoreReconnectionOperation",
  "SystemMaintenanceOperation",
  "WhatsappSetupOperation"
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
  "planMaintenance": "input",
  "refreshStores": "input",
  "sendChatMessage": "input",
  "startDataUpdate": "input",
  "startOperation": "input",
  "startRagSync": "input",
  "startSandboxExercise": "input",
  "startStatementImport": "input",
  "startStatementRecategorization": "input",
  "startStoreConnection": "input",
  "startStoreReconnection": "input",
  "startSystemMaintenance": "input",
  "startWhatsappSetup": "input"
}

/** Relay connections: type, field, and the arguments that make another list of it. */
export const connectionFields: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "Query": {
    "chatMessages": [
      "storeId"
    ],
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
    "statementBatches": [],
    "statusWindows": [
      "filter"
    ],
    "stores": [
      "ownerId"
    ]
  },
  "DataUpdateOperation": {
    "events": []
  },
  "ExternalOperation": {
    "events": []
  },
  "Notification": {
    "operations": [
      "outcome"
    ]
  },
  "RagSyncOperation": {
    "events": []
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
  },
  "Store": {
    "customers": [],
    "orders": [],
    "products": [
      "published",
      "text"
    ]
  },
  "StoreConnectionOperation": {
    "events": []
  },
  "StoreReconnectionOperation": {
    "events": []
  },
  "SystemMaintenanceOperation": {
    "events": []
  },
  "WhatsappSetupOperation": {
    "events": []
  }
}

/** Type of each field that is an object. */
export const compositeFields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "AccessRevocation": {
    "revokedBy": "Actor"
  },
  "AgentPayload": {
    "agent": "Agent"
  },
  "AlreadyRunningError": {
    "operation": "Operation"
  },
  "CategoryRulePayload": {
    "rule": "CategoryRule"
  },
  "ChatMessage": {
    "orders": "Order",
    "products": "Product"
  },
  "ChatMessageConnection": {
    "edges": "ChatMessageEdge",
    "pageInfo": "PageInfo"
  },
  "ChatMessageEdge": {
    "node": "ChatMessage"
  },
  "ChatMessagePayload": {
    "message": "ChatMessage",
    "reply": "ChatMessage"
  },
  "CloseGatePayload": {
    "window": "StatusWindow"
  },
  "CustomerConnection": {
    "edges": "CustomerEdge",
    "pageInfo": "PageInfo"
  },
  "CustomerEdge": {
    "node": "Customer"
  },
  "DataUpdateOperation": {
    "result": "DataUpdateResult",
    "store": "Store"
  },
  "DeleteStatementBatchPayload": {
    "operation": "Operation"
  },
  "DisconnectStorePayload": {
    "store": "Store"
  },
  "FeatureAccess": {
    "causes": "ImpactCause"
  },
  "IdempotencyConflictError": {
    "operation": "Operation"
  },
  "ImpactCause": {
    "operation": "Operation",
    "window": "StatusWindow"
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
  "MaintenancePayload": {
    "window": "StatusWindow"
  },
  "Mutation": {
    "addNotificationDestination": "NotificationDestinationResult",
    "cancelOperation": "OperationControlResult",
    "cancelSale": "SaleResult",
    "checkoutSale": "SaleResult",
    "closeGate": "CloseGateResult",
    "completeOperation": "OperationControlResult",
    "confirmPayment": "SaleResult",
    "createSale": "SaleResult",
    "createStoreInstallLink": "CreateStoreInstallLinkResult",
    "deleteCategoryRule": "DeleteCategoryRuleResult",
    "deleteStatementBatch": "DeleteStatementBatchResult",
    "disconnectStore": "DisconnectStoreResult",
    "dismissAllNotifications": "DismissAllNotificationsPayload",
    "dismissNotification": "DismissNotificationResult",
    "endMaintenance": "MaintenanceResult",
    "failOperation": "OperationControlResult",
    "markNotificationsSeen": "MarkNotificationsSeenResult",
    "markSalesSeen": "SalesInbox",
    "openExternalOperation": "StartOperationResult",
    "openGate": "OpenGateResult",
    "pauseOperation": "OperationControlResult",
    "planMaintenance": "MaintenanceResult",
    "refreshStores": "RefreshStoresResult",
    "removeNotificationDestination": "RemoveNotificationDestinationResult",
    "renameStore": "RenameStoreResult",
    "reportProgress": "OperationControlResult",
    "resendNotificationCode": "NotificationDestinationResult",
    "resumeOperation": "OperationControlResult",
    "retryOperation": "OperationControlResult",
    "revokeAccess": "RevokeAccessResult",
    "rotateWebhookSecret": "NotificationDestinationResult",
    "sendChatMessage": "SendChatMessageResult",
    "sendTestNotification": "NotificationDestinationResult",
    "setCategoryRule": "SetCategoryRuleResult",
    "setNotificationDefault": "SetNotificationDefaultResult",
    "setNotificationPreference": "SetNotificationPreferenceResult",
    "setQuietHours": "SetQuietHoursResult",
    "startDataUpdate": "StartOperationResult",
    "startOperation": "StartOperationResult",
    "startRagSync": "StartOperationResult",
    "startSandboxExercise": "StartOperationResult",
    "startStatementImport": "StartOperationResult",
    "startStatementRecategorization": "StartOperationResult",
    "startStoreConnection": "StartOperationResult",
    "startStoreReconnection": "StartOperationResult",
    "startSystemMaintenance": "StartOperationResult",
    "startWhatsappSetup": "StartOperationResult",
    "updateAgent": "UpdateAgentResult",
    "updateMaintenance": "MaintenanceResult",
    "updateSale": "SaleResult",
    "verifyNotificationDestination": "NotificationDestinationResult"
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
  "NotificationDestination": {
    "lastResult": "DeliveryResult"
  },
  "NotificationDestinationPayload": {
    "destination": "NotificationDestination"
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
  "NotificationPreferencePayload": {
    "preference": "NotificationPreference"
  },
  "OpenGatePayload": {
    "access": "FeatureAccess",
    "windows": "StatusWindow"
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
  "OperationMetrics": {
    "byType": "OperationTypeMetrics",
    "windows": "OperationMetricsWindow"
  },
  "OperationPayload": {
    "operation": "Operation"
  },
  "OperationSnapshot": {
    "operation": "Operation"
  },
  "OperationTypeMetrics": {
    "estimate": "OperationEstimate"
  },
  "Order": {
    "lines": "OrderLine"
  },
  "OrderConnection": {
    "edges": "OrderEdge",
    "pageInfo": "PageInfo"
  },
  "OrderEdge": {
    "node": "Order"
  },
  "Product": {
    "store": "Store",
    "variants": "ProductVariant"
  },
  "ProductConnection": {
    "edges": "ProductEdge",
    "pageInfo": "PageInfo"
  },
  "ProductEdge": {
    "node": "Product"
  },
  "Query": {
    "categoryRules": "CategoryRule",
    "chatMessages": "ChatMessageConnection",
    "featureAccess": "FeatureAccess",
    "node": "Node",
    "nodes": "Node",
    "notificationDestinations": "NotificationDestination",
    "notificationPreferences": "NotificationPreference",
    "notifications": "NotificationConnection",
    "operation": "Operation",
    "operationDefinitions": "OperationDefinition",
    "operationMetrics": "OperationMetrics",
    "operations": "OperationConnection",
    "quietHours": "QuietHours",
    "sale": "Sale",
    "sales": "SaleConnection",
    "salesInbox": "SalesInbox",
    "searchStore": "SearchHit",
    "statementBatch": "StatementBatch",
    "statementBatches": "StatementBatchConnection",
    "statusWindows": "StatusWindowConnection",
    "store": "Store",
    "stores": "StoreConnection",
    "systemStatus": "SystemStatus",
    "viewer": "Viewer"
  },
  "QuietHoursPayload": {
    "quietHours": "QuietHours"
  },
  "RagSyncOperation": {
    "result": "RagSyncResult",
    "store": "Store"
  },
  "RefreshStoresPayload": {
    "alreadyRunning": "Operation",
    "notStarted": "Store",
    "operations": "Operation"
  },
  "RejectedRowConnection": {
    "edges": "RejectedRowEdge",
    "pageInfo": "PageInfo"
  },
  "RejectedRowEdge": {
    "node": "RejectedRow"
  },
  "RenameStorePayload": {
    "store": "Store"
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
  "SearchHit": {
    "product": "Product"
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
  "StatusWindow": {
    "createdBy": "Actor"
  },
  "StatusWindowConnection": {
    "edges": "StatusWindowEdge",
    "pageInfo": "PageInfo"
  },
  "StatusWindowEdge": {
    "node": "StatusWindow"
  },
  "StatusWindowIdempotencyConflictError": {
    "window": "StatusWindow"
  },
  "StatusWindowStateError": {
    "window": "StatusWindow"
  },
  "StatusWindowVersionConflictError": {
    "window": "StatusWindow"
  },
  "Store": {
    "activeOperation": "Operation",
    "agent": "Agent",
    "customers": "CustomerConnection",
    "orders": "OrderConnection",
    "owner": "Actor",
    "products": "ProductConnection"
  },
  "StoreConnection": {
    "edges": "StoreEdge",
    "pageInfo": "PageInfo"
  },
  "StoreConnectionOperation": {
    "result": "StoreConnectionResult",
    "store": "Store"
  },
  "StoreEdge": {
    "node": "Store"
  },
  "StoreReconnectionOperation": {
    "result": "StoreReconnectionResult",
    "store": "Store"
  },
  "Subscription": {
    "featureAccess": "FeatureAccess",
    "notifications": "StreamFrame",
    "operation": "Operation",
    "operationEvents": "StreamFrame",
    "operations": "Operation",
    "saleEvents": "StreamFrame",
    "salesInbox": "SalesInbox",
    "systemStatus": "SystemStatus"
  },
  "SystemMaintenanceOperation": {
    "result": "SystemMaintenanceResult"
  },
  "SystemMaintenanceResult": {
    "checks": "MaintenanceCheck"
  },
  "SystemStatus": {
    "causes": "ImpactCause",
    "features": "FeatureAccess",
    "upcoming": "StatusWindow"
  },
  "VersionConflictError": {
    "operation": "Operation"
  },
  "WhatsappSetupOperation": {
    "result": "WhatsappSetupResult",
    "store": "Store"
  }
}

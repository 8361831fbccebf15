/** Names in the schema that follow from a definition's type: `STORE_CONNECTION` gives `StoreConnectionOperation`, `startStoreConnection` … */

/** `STORE_CONNECTION` → `StoreConnection`. */
export const pascalOf = (type: string): string =>
  type
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

export const objectNameOf = (type: string): string => `${pascalOf(type)}Operation`
export const startNameOf = (type: string): string => `start${pascalOf(type)}`
export const startInputNameOf = (type: string): string => `Start${pascalOf(type)}Input`
export const resultNameOf = (type: string): string => `${pascalOf(type)}Result`

/** Names that follow from those of business events: `STOCK_ALERT` gives `stockAlertEvents`, `StockAlertEvent`, `publishStockAlertEvent` … */
export const eventNameOf = (name: string): string => `${pascalOf(name)}Event`
export const eventTypeNameOf = (name: string): string => `${eventNameOf(name)}Type`
export const eventDataNameOf = (name: string): string => `${eventNameOf(name)}Data`
export const eventsFieldNameOf = (name: string): string => `${pascalOf(name).charAt(0).toLowerCase()}${pascalOf(name).slice(1)}Events`
export const publishNameOf = (name: string): string => `publish${eventNameOf(name)}`
export const publishInputNameOf = (name: string): string => `Publish${eventNameOf(name)}Input`
export const publishPayloadNameOf = (name: string): string => `Publish${eventNameOf(name)}Payload`
export const publishResultNameOf = (name: string): string => `Publish${eventNameOf(name)}Result`

/** `onCancel` → `OnCancel`. */
export const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** A value as an enum value of the API: `keep` → `KEEP`, `lastStep` → `LAST_STEP`, `last-step` → `LAST_STEP`. */
export const enumValueNameOf = (value: string): string =>
  value
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s.-]+/g, '_')
    .toUpperCase()

import { CHANNELS, type ChannelName } from '../channels/channel.ts'
import { NOTIFICATION_CATEGORIES, type NotificationCategory } from '../records.ts'

/** What is sent where nobody chose anything. Only where somebody entered a destination, and only what they did not see in the product. */
export const PRODUCT_DEFAULTS: Readonly<Record<NotificationCategory, Readonly<Record<ChannelName, boolean>>>> = {
  progress: { email: false, slack: false, teams: false, webhook: true, whatsapp: false },
  result: { email: true, slack: true, teams: true, webhook: true, whatsapp: false },
  failure: { email: true, slack: true, teams: true, webhook: true, whatsapp: true },
  status: { email: false, slack: true, teams: true, webhook: true, whatsapp: false },
  connection: { email: true, slack: true, teams: true, webhook: true, whatsapp: true },
  announcement: { email: true, slack: true, teams: true, webhook: true, whatsapp: false },
}

/** All cells of the matrix, in the order of the screen. */
export const PREFERENCE_CELLS: readonly { readonly category: NotificationCategory; readonly channel: ChannelName }[] = NOTIFICATION_CATEGORIES.flatMap(
  (category) => CHANNELS.map((channel) => ({ category, channel })),
)

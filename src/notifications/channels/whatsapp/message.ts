import { type ChannelMessage, plainText } from '../message.ts'

const LONGEST_TEXT = 4_000

export const whatsappText = (message: ChannelMessage): string => plainText(message).slice(0, LONGEST_TEXT)

declare module '../../../telemetry/facts.ts' {
  interface Facts {
    /** The verification request of a webhook came, with the right token. No fact names stores' numbers, addresses of webhooks or tokens. */
    'whatsapp.webhook.verified': { readonly storeId: string }
    /** Something came to a webhook that exists, but proved nothing. */
    'whatsapp.webhook.refused': { readonly storeId: string; readonly reason: 'verify token' | 'signature' | 'size' }
  }
}

/** Columns of an `AgentRecord`, of a table `agent`. */
export const AGENT_COLUMNS = `store_id as "storeId", coalesce(chosen_name, name) as name, coalesce(chosen_tone, 'friendly') as tone,
    coalesce(chosen_topics, topics) as topics, coalesce(chosen_languages, languages) as languages, greeting,
    jsonb_build_object('name', chosen_name, 'tone', chosen_tone, 'topics', chosen_topics, 'languages', chosen_languages, 'greeting', greeting) as chosen,
    product_count as "productCount", category_count as "categoryCount", price_from::text as "priceFrom", price_to::text as "priceTo",
    configured_at as "configuredAt"`

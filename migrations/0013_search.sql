-- The intelligent search of stores.

-- Trigrams find words that were misspelt. Without them (the extension is missing, or we may not create it) a few first letters do, so nothing here may fail.
do $$
begin
  create extension if not exists pg_trgm;
exception when others then
  raise notice 'search goes without trigrams: %', sqlerrm;
end
$$;

-- A text as search compares it: lower case, without accents, words of letters or of digits with one space between them ("500ML" is "500 ml").
-- Accents go by Unicode decomposition and not by the extension unaccent, which not every database has: an index would go by other words than the
-- questions once somebody installs it. Spanish keeps the accent that its stemmer
-- needs to see that "habitación" and "habitaciones" are one word, and ends "luz" like "luces".
create function search_text(text text, language text) returns text language sql immutable parallel safe as $$
  select case when language = 'es' then regexp_replace(regexp_replace(words, '([cs])ion\M', '\1ión', 'g'), 'z\M', 'c', 'g') else words end
  from (
    select regexp_replace(regexp_replace(
      lower(translate(regexp_replace(normalize(text, NFKD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđŒœÆæß', 'OoLlDdOoAas')),
      '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f]+', ' ', 'g'), '(\d)(?=[a-z])|([a-z])(?=\d)', '\1\2 ', 'g') as words
  ) as folded
$$;

create function search_config(language text) returns regconfig language sql immutable parallel safe as $$
  select (case language when 'es' then 'pg_catalog.spanish' when 'en' then 'pg_catalog.english' when 'pt' then 'pg_catalog.portuguese' else 'pg_catalog.simple' end)::regconfig
$$;

-- The text in a language, else in any.
create function search_in(texts jsonb, language text) returns text language sql immutable parallel safe as $$
  select coalesce(nullif(texts ->> language, ''), (select value from jsonb_each_text(texts) where value <> '' order by key limit 1), '')
$$;

-- What a word of a question may be in an index.
create function search_forms(word text) returns text[] language sql immutable parallel safe as $$
  select array(
    select word union select unnest(ts_lexize('pg_catalog.spanish_stem', search_text(word, 'es'))) union select unnest(ts_lexize('pg_catalog.english_stem', word))
    union select unnest(ts_lexize('pg_catalog.portuguese_stem', word)))
$$;

-- Documents of a build. Unique in the database, not in the store: see search_document.words.
create sequence search_generation as integer;

-- Each index that was begun: the one in use (store.search_generation), one that is being built, and what is left of others.
create table search_build (
  generation integer primary key default nextval('search_generation'),
  store_id uuid not null references store (id) on delete cascade,
  -- null: given up by it.
  operation_id uuid,
  -- The store's when it began: what changed later is not surely in it.
  catalogue_revision integer not null,
  -- Documents of products; null until it is in use.
  document_count integer,
  created_at timestamptz not null default now()
);
create unique index search_build_operation_idx on search_build (operation_id);
create index search_build_store_idx on search_build (store_id);

-- One for each product and language, each order, each customer. Texts are not copied: who shows them reads the product, so what was removed is gone at once.
create table search_document (
  generation integer not null references search_build (generation) on delete cascade,
  -- products, orders, customers
  kind text not null,
  subject_id uuid not null,
  -- ISO 639-1; empty: none.
  language text not null,
  -- Beside the words of the text: #p<generation> (#o, #c). An index of words alone, asked for that one too, then reads the documents of one store only, however
  -- many others have the same words, and needs no extension for it.
  words tsvector not null,
  primary key (generation, kind, subject_id, language)
);
-- Words are ranked by, so they stay in the row as long as it fits a page.
alter table search_document alter column words set storage main;
create index search_document_words_idx on search_document using gin (words) with (fastupdate = off);

-- The words of an index, with the number of documents that have them: rare ones count for more, and misspelt ones are compared with them.
create table search_word (
  generation integer not null references search_build (generation) on delete cascade,
  kind text not null,
  word text collate "C" not null,
  document_count integer not null,
  primary key (generation, kind, word)
) with (fillfactor = 70);

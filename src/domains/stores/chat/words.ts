/** Languages that answers are worded in. */
export type ChatLanguage = 'es' | 'en'

/** A word of a question: as it was written, and in lower case without accents, which is how words are compared. */
export interface Word {
  readonly raw: string
  readonly plain: string
}

/** More words say nothing more about what is asked. */
const MOST_WORDS = 200

export const plainOf = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[\p{M}'’]+/gu, '')

export function wordsOf(text: string): readonly Word[] {
  const found = text.normalize('NFC').match(/[\p{L}\p{N}]+(?:['’]\p{L}+)*/gu) ?? []
  return found.slice(0, MOST_WORDS).map((raw) => ({ raw, plain: plainOf(raw) }))
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/))

/** Words that hardly occur in the other language. */
export const EVIDENCE: Readonly<Record<ChatLanguage, ReadonlySet<string>>> = {
  es: set(
    `hola buenas buenos dias gracias ayuda que cual cuales cuanto cuanta cuantos cuantas cuesta cuestan precio precios vale valen sale salen donde cuando como
     tenes tienes tienen tiene tengo hay quiero quisiera busco necesito podes puedes pueden mostrame muestrame el los las del una unos unas para por con y esta
     este estas estos mi mis pedido pedidos orden ordenes talle talles talla tallas color colores envio envios se vende venden algo algun alguna quedan queda de
     en es son le lo tambien favor disponible disponibles compra ultimos ultimo`,
  ),
  en: set(
    `hello hi hey thanks thank help what which how much many where when who do does did you your have has is are the any some of for with and i im we my it its in
     order orders size sizes price prices cost costs colour colours want looking need show me can could would there this that please about available left tell
     latest last good morning`,
  ),
}

/** Words that say how something is asked, not what is asked for. */
const FILLING: Readonly<Record<ChatLanguage, ReadonlySet<string>>> = {
  es: set(
    `hola buenas buenos buen dia dias tardes noches que cual cuales quien como donde cuando cuanto cuanta cuantos cuantas cuesta cuestan costo costos precio
     precios vale valen sale salen tenes tienes tienen tiene tenemos tengo hay quiero quisiera queria busco buscando necesito podes puedes pueden podria podrias
     puedo mostrame muestrame mostrar mostra muestra decime dime ver saber comprar compro consulta pregunta el la los las lo un una unos unas de del al a ante con
     en para por sin sobre y e o u ni si no mas es son esta estan este estos estas ese esa eso esos esas aquel era fue ser estar mi mis tu tus su sus me te se le
     les nos yo vos usted ustedes ella ellos algo algun alguna algunos algunas otro otra otros otras todo toda todos todas tambien pero favor gracias stock queda
     quedan disponible disponibles disponibilidad talle talles talla tallas color colores medidas venden vende vendes ofrecen producto productos articulo
     articulos mucho mucha muchos muchas muy hacer cosa cosas tipo tienda`,
  ),
  en: set(
    `hello hi hey good morning afternoon evening what which who how where when why much many do does did you your yours have has had is are am was were be been
     the a an any some of for from to at with without and or but also too i im ive id we us our my me it its in on by as if there here this that these those one
     ones them they want wanted looking look need find show see tell know give get buy can could would will should please thanks thank about price prices cost
     costs priced available availability left stock size sizes color colors colour colours options sell selling offer offers product products item items thing
     things something anything store shop not no yes order whats wheres dont doesnt youre hows`,
  ),
}

/** What is asked for: the words without those that only ask. */
export const contentOf = (words: readonly Word[], languages: readonly ChatLanguage[]): readonly Word[] =>
  words.filter(({ plain }) => !languages.some((language) => FILLING[language].has(plain)))

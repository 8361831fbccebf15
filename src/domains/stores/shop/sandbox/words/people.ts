import type { Both } from './section.ts'

export const FIRST_NAMES: readonly string[] = [
  'Ana',
  'Bruno',
  'Camila',
  'Diego',
  'Elena',
  'Facundo',
  'Gabriela',
  'Hugo',
  'Inés',
  'Joaquín',
  'Karina',
  'Lucas',
  'Martina',
  'Nicolás',
  'Olivia',
  'Pablo',
  'Rocío',
  'Santiago',
  'Tamara',
  'Valentín',
  'Emily',
  'Jack',
  'Grace',
  'Oliver',
  'Zoe',
]

export const LAST_NAMES: readonly string[] = [
  'Acosta',
  'Benítez',
  'Castro',
  'Domínguez',
  'Escobar',
  'Fernández',
  'Giménez',
  'Herrera',
  'Ibarra',
  'Juárez',
  'Ledesma',
  'Molina',
  'Navarro',
  'Ortiz',
  'Pereyra',
  'Quiroga',
  'Ríos',
  'Sosa',
  'Toledo',
  'Vega',
  'Baker',
  'Carter',
  'Harris',
  'Morgan',
  'Wright',
]

/** Tells products of one line and make apart, in shops with more products than combinations. */
export const COLLECTIONS: readonly string[] = [
  'Andes',
  'Pampa',
  'Patagonia',
  'Iguazú',
  'Litoral',
  'Quebrada',
  'Puna',
  'Delta',
  'Bermejo',
  'Nahuel',
  'Aconcagua',
  'Salinas',
]

export const BRANDS: readonly string[] = ['Cumbre', 'Rincón', 'Ñandú', 'Bosque Norte', 'Casa Tilo', 'Lumen', 'Arrayán', 'Fonda', 'Mar Abierto', 'Taller Sur']

export const COLOURS: readonly Both[] = [
  { es: 'Negro', en: 'Black' },
  { es: 'Blanco', en: 'White' },
  { es: 'Rojo', en: 'Red' },
  { es: 'Azul', en: 'Blue' },
  { es: 'Verde', en: 'Green' },
  { es: 'Amarillo', en: 'Yellow' },
  { es: 'Gris', en: 'Grey' },
]

/** What most variants are called in either language. */
export const same = (text: string): Both => ({ es: text, en: text })

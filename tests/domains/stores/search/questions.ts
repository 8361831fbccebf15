/** Questions as people ask them, with the products that answer them. Written before the ranking was, and not changed after it. */
export interface Question {
  readonly language: 'es' | 'en'
  readonly text: string
  /** Keys of the quality catalogue: all of them should be among the first five. */
  readonly expected: readonly string[]
  /** Counted apart, and never looked at while the ranking was made. */
  readonly heldOut?: true
}

export const QUESTIONS: readonly Question[] = [
  { language: 'es', text: '¿Tenés zapatillas rojas para correr talle 42?', expected: ['run-red'] },
  { language: 'es', text: 'busco una campera impermeable por menos de 100', expected: ['jacket-rain'] },
  { language: 'es', text: 'camperas para la nieve', expected: ['puffer'] },
  { language: 'es', text: 'Cuánto sale la cafetera italiana?', expected: ['moka'] },
  { language: 'es', text: 'auriculares con cancelacion de ruido', expected: ['headphones-anc'] },
  { language: 'es', text: 'aurriculares inalambricos', expected: ['buds'] },
  { language: 'es', text: '¿Qué mochilas de trekking hay?', expected: ['pack-trek', 'pack-day'] },
  { language: 'es', text: 'necesito una valija de mano para la cabina del avión', expected: ['suitcase-cabin'] },
  { language: 'es', text: 'comida para mi gato castrado', expected: ['cat-food'] },
  { language: 'es', text: 'sabanas queen', expected: ['sheets-queen'] },
  { language: 'es', text: 'funda iphone 15', expected: ['case-phone'] },
  { language: 'es', text: 'algo de lana de llama', expected: ['poncho'] },
  { language: 'es', text: 'Hola! quería saber si tienen termos de 1 litro para el mate', expected: ['thermos'] },
  { language: 'es', text: 'sarten de hierro', expected: ['pan-iron'] },
  { language: 'es', text: 'buso canguro negro', expected: ['hoodie'] },
  { language: 'es', text: 'productos marca Puna', expected: ['sweater-alpaca', 'poncho', 'scarf', 'beanie'] },
  { language: 'es', text: 'luces para la bici', expected: ['bike-light'] },
  { language: 'es', text: 'camisetas negras de algodón', expected: ['tee-black'] },
  { language: 'es', text: '¿hay lámparas para leer en el escritorio?', expected: ['lamp-desk'] },
  { language: 'es', text: 'protectr solar para la cara', expected: ['sunscreen'], heldOut: true },
  { language: 'es', text: 'una carpa grande para toda la familia', expected: ['tent-6'], heldOut: true },
  { language: 'es', text: '¿venden sillas ergonómicas para la oficina?', expected: ['chair-office'], heldOut: true },
  { language: 'es', text: 'reloj para bucear', expected: ['watch-diver'], heldOut: true },
  { language: 'es', text: 'rompecabesas de mil o 1000 piezas', expected: ['puzzle'], heldOut: true },
  { language: 'es', text: 'mouses para jugar', expected: ['mouse-gaming'], heldOut: true },
  { language: 'en', text: 'Do you have a waterproof jacket under 100?', expected: ['jacket-rain'] },
  { language: 'en', text: 'red running shoes size 42', expected: ['run-red'] },
  { language: 'en', text: 'noise canceling headphones', expected: ['headphones-anc'] },
  { language: 'en', text: "I'm looking for hiking boots that are waterproof", expected: ['boot-trek'] },
  { language: 'en', text: 'How much is the espresso machine?', expected: ['espresso'] },
  { language: 'en', text: 'a backpack for my laptop', expected: ['pack-laptop'] },
  { language: 'en', text: 'wireles earbuds', expected: ['buds'] },
  { language: 'en', text: 'organic cotton tee', expected: ['tee-organic'] },
  { language: 'en', text: 'sunglases for kids', expected: ['sunglasses-kids'] },
  { language: 'en', text: 'something to sleep outdoors at minus 10 degrees', expected: ['sleeping-bag'] },
  { language: 'en', text: 'knives for the kitchen', expected: ['knife-chef', 'knife-set'] },
  { language: 'en', text: 'usb c charger', expected: ['charger-fast'] },
  { language: 'en', text: 'what desks do you sell?', expected: ['desk', 'desk-small'] },
  { language: 'en', text: 'Kondor backpacks', expected: ['pack-trek', 'pack-day'] },
  { language: 'en', text: 'perfumes for men', expected: ['perfume-m'] },
  { language: 'en', text: 'black dresses', expected: ['dress-black'] },
  { language: 'en', text: 'cat scratcher', expected: ['cat-scratch'] },
  { language: 'en', text: 'mechanical keybord with lights', expected: ['keyboard-mech'] },
  { language: 'en', text: 'is there a tent for two people', expected: ['tent-2'] },
  { language: 'en', text: 'sneakers in white leather, please', expected: ['urban-white'], heldOut: true },
  { language: 'en', text: 'electric toothbrushes', expected: ['toothbrush'], heldOut: true },
  { language: 'en', text: 'coffee beans from Colombia', expected: ['coffee-beans'], heldOut: true },
  { language: 'en', text: 'wool socks for winter', expected: ['socks-wool'], heldOut: true },
  { language: 'en', text: 'cheap frying pans', expected: ['pan'], heldOut: true },
  { language: 'en', text: 'gift for a toddler: wooden blocs', expected: ['blocks'], heldOut: true },
]

/** Nothing in the catalogue answers these: whatever is found must not look sure of itself. */
export const UNANSWERABLE: readonly string[] = ['do you sell tractors?', '¿venden helicópteros?', 'quantum entanglement generator', 'asdkjh qwpoeiu']

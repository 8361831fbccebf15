/**
 * Words of shops that mean the same, above all those that differ between Spanish-speaking countries. Short on purpose: what things are like each other
 * in general is what embeddings know.
 */
const GROUPS = [
  'zapatilla zapatillas tenis sneaker sneakers trainers',
  'remera remeras camiseta camisetas playera playeras polera tee tees tshirt',
  'campera camperas chaqueta chaquetas chamarra chamarras jacket jackets',
  'buzo buzos sudadera sudaderas hoodie hoodies sweatshirt',
  'sweater sueter sueteres pulover jersey jumper jumpers',
  'tapado tapados abrigo abrigos coat coats',
  'pollera polleras falda faldas skirt skirts',
  'pantalon pantalones trousers pants',
  'calzas calza leggings mallas',
  'medias calcetines socks',
  'corpino sosten brasier bra',
  'malla banador swimsuit',
  'anteojos gafas lentes glasses',
  'cartera carteras bolso bolsos handbag handbags purse',
  'valija valijas maleta maletas suitcase suitcases luggage',
  'celular celulares movil moviles telefono phone phones',
  'computadora computador ordenador notebook laptop laptops',
  'auriculares audifonos cascos headphones earphones',
  'parlante parlantes altavoz bocina speaker speakers',
  'heladera nevera refrigerador fridge',
  'pileta piscina alberca pool',
  'acolchado edredon duvet comforter',
  'manta cobija frazada blanket',
  'almohadon cojin cushion',
  'alimento comida food',
  'perro perros dog dogs',
  'gato gatos cat cats',
  'nene nena nino nina ninos ninas chicos infantil kids kid children child',
  'bici bicicleta bicicletas bike bikes bicycle',
  'auto coche carro car',
  'pelota balon ball',
  'cuaderno libreta notebook',
  'lapicera boligrafo pen pens',
  'torch flashlight linterna',
  'sofa sillon couch',
  'rug carpet alfombra',
  'hiking trekking senderismo',
  'regalo gift present',
]

const groupOf = new Map<string, Set<string>>()
for (const group of GROUPS) {
  const words = group.split(' ')
  for (const word of words) {
    const others = groupOf.get(word) ?? new Set()
    for (const other of words) if (other !== word) others.add(other)
    groupOf.set(word, others)
  }
}

/** Other words for a folded one. */
export const synonymsOf = (word: string): readonly string[] => [...(groupOf.get(word) ?? [])]

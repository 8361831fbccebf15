import { section } from './section.ts'

export const ELECTRONICS = section(
  { es: 'Electrónica', en: 'Electronics' },
  [
    ['con batería de larga duración', 'with a long-lasting battery'],
    ['con carga rápida', 'with fast charging'],
    ['edición compacta', 'compact edition'],
    ['resistente al agua', 'water resistant'],
  ],
  [
    [
      'Auriculares inalámbricos',
      'Wireless headphones',
      45,
      150,
      'colours',
      'Cancelan el ruido del colectivo y la oficina.',
      'Cancel the noise of buses and offices.',
    ],
    ['Parlante portátil', 'Portable speaker', 40, 120, 'colours', 'Música en la playa o en la ducha.', 'Music on the beach or in the shower.'],
    ['Cargador USB-C', 'USB-C charger', 12, 30, 'none', 'Carga teléfono y notebook a la vez.', 'Charges phone and laptop at once.'],
    ['Cámara de acción', 'Action camera', 120, 290, 'none', 'Video 4K estable arriba de la bici.', 'Steady 4K video on a bike.'],
    ['Reloj inteligente', 'Smartwatch', 80, 220, 'colours', 'Mide pulso, sueño y pasos.', 'Measures pulse, sleep and steps.'],
    ['Teclado mecánico', 'Mechanical keyboard', 55, 130, 'colours', 'Teclas en español, con eñe y luz.', 'Lit keys, in the layout of your language.'],
    ['Mouse ergonómico', 'Ergonomic mouse', 25, 60, 'colours', 'Cuida la muñeca en días largos.', 'Looks after your wrist on long days.'],
    ['Lámpara LED de escritorio', 'LED desk lamp', 28, 64, 'colours', 'Tres tonos de luz y puerto USB.', 'Three tones of light and a USB port.'],
    ['Batería externa', 'Power bank', 26, 70, 'colours', 'Carga el teléfono tres veces lejos del enchufe.', 'Charges a phone three times far from a socket.'],
    ['Disco sólido externo', 'External solid-state drive', 75, 190, 'capacities', 'Copia una película en segundos.', 'Copies a film in seconds.'],
    ['Proyector de bolsillo', 'Pocket projector', 140, 320, 'none', 'Cine en casa sobre cualquier pared blanca.', 'A cinema at home on any white wall.'],
    ['Enchufe inteligente', 'Smart plug', 14, 32, 'none', 'Prende y apaga desde el teléfono.', 'Switches on and off from your phone.'],
  ],
)

export const OUTDOORS = section(
  { es: 'Aire libre', en: 'Outdoors' },
  [
    ['de serie ultraliviana', 'from the ultralight series'],
    ['para cuatro estaciones', 'for four seasons'],
    ['de uso profesional', 'for professional use'],
    ['con funda de transporte', 'with a carrying bag'],
  ],
  [
    [
      'Carpa para dos personas',
      'Two-person tent',
      130,
      280,
      'colours',
      'Se arma en cinco minutos y aguanta tormentas.',
      'Pitched in five minutes; withstands storms.',
    ],
    ['Bolsa de dormir', 'Sleeping bag', 70, 160, 'colours', 'Confort hasta cinco grados bajo cero.', 'Comfort down to minus five degrees.'],
    ['Linterna frontal', 'Head torch', 18, 42, 'none', 'Para caminar de noche con las manos libres.', 'For walking at night with your hands free.'],
    ['Bastones de trekking', 'Trekking poles', 38, 85, 'colours', 'Alivian las rodillas en las bajadas.', 'Relieve your knees on the way down.'],
    ['Cantimplora', 'Water bottle', 12, 28, 'capacities', 'Agua fría un día entero.', 'Cold water for a whole day.'],
    ['Hornalla de camping', 'Camping stove', 32, 75, 'none', 'Hierve un litro en tres minutos.', 'Boils a litre in three minutes.'],
    ['Reposera plegable', 'Folding chair', 30, 66, 'colours', 'Para la playa, el río o el balcón.', 'For the beach, the river or the balcony.'],
    ['Hamaca paraguaya', 'Hammock', 26, 58, 'colours', 'Sostiene dos personas entre dos árboles.', 'Holds two people between two trees.'],
    ['Brújula', 'Compass', 15, 36, 'none', 'Para orientarse donde no hay señal.', 'For finding your way where there is no signal.'],
    ['Conservadora', 'Cool box', 48, 110, 'capacities', 'Mantiene el hielo dos días.', 'Keeps ice for two days.'],
    ['Casco de bicicleta', 'Bike helmet', 40, 95, 'sizes', 'Liviano y ventilado, con luz trasera.', 'Light and ventilated, with a rear light.'],
    ['Caña de pescar', 'Fishing rod', 45, 125, 'none', 'Telescópica, para río y laguna.', 'Telescopic, for rivers and lakes.'],
  ],
)

export const TOYS = section(
  { es: 'Juguetes y juegos', en: 'Toys and games' },
  [
    ['de edición clásica', 'classic edition'],
    ['de edición de lujo', 'deluxe edition'],
    ['para toda la familia', 'for the whole family'],
    ['de viaje', 'for travelling'],
  ],
  [
    ['Rompecabezas', 'Jigsaw puzzle', 12, 30, 'none', 'Mil piezas con un mapa de América.', 'A thousand pieces with a map of the Americas.'],
    ['Bloques para construir', 'Building blocks', 20, 55, 'none', 'Desde los tres años, sin piezas chicas.', 'From three years on, without small parts.'],
    ['Juego de ajedrez', 'Chess set', 25, 70, 'none', 'Tablero plegable que guarda las piezas.', 'A folding board that stores its pieces.'],
    ['Muñeca de tela', 'Rag doll', 16, 34, 'colours', 'Blanda y lavable, para abrazar.', 'Soft and washable, for hugs.'],
    ['Tren a cuerda', 'Wind-up train', 24, 56, 'colours', 'Con vías curvas y un túnel.', 'With curved tracks and a tunnel.'],
    ['Barrilete', 'Kite', 10, 25, 'colours', 'Vuela con poco viento.', 'Flies in little wind.'],
    ['Dominó', 'Dominoes', 9, 22, 'none', 'Veintiocho fichas en su caja.', 'Twenty-eight tiles in their box.'],
    ['Kit de ciencia', 'Science kit', 22, 50, 'none', 'Quince experimentos para hacer en casa.', 'Fifteen experiments to do at home.'],
    ['Monopatín', 'Kick scooter', 48, 105, 'colours', 'Manubrio ajustable de cuatro a diez años.', 'Adjustable handlebar, from four to ten years.'],
    ['Títeres de dedo', 'Finger puppets', 7, 16, 'none', 'Seis animales para contar cuentos.', 'Six animals for telling stories.'],
    ['Cartas españolas', 'Spanish playing cards', 4, 9, 'none', 'Para truco, chinchón y escoba.', 'For truco, chinchón and escoba.'],
    ['Pizarra mágica', 'Drawing board', 11, 24, 'colours', 'Dibuja y borra sin ensuciar.', 'Draw and wipe without a mess.'],
  ],
)

export const STATIONERY = section(
  { es: 'Librería', en: 'Stationery' },
  [
    ['de papel reciclado', 'in recycled paper'],
    ['de tapa dura', 'with a hard cover'],
    ['edición de artista', "artist's edition"],
    ['para el escritorio', 'for your desk'],
  ],
  [
    [
      'Cuaderno rayado',
      'Ruled notebook',
      6,
      15,
      'colours',
      'Doscientas páginas que no traspasan la tinta.',
      'Two hundred pages that ink does not bleed through.',
    ],
    ['Agenda semanal', 'Weekly planner', 13, 28, 'colours', 'Una semana por doble página, con notas.', 'A week on two pages, with notes.'],
    ['Lapicera de tinta gel', 'Gel pen', 2, 6, 'colours', 'Escribe suave y no mancha a los zurdos.', 'Writes smoothly and does not smear for left-handers.'],
    ['Set de acuarelas', 'Watercolour set', 15, 40, 'none', 'Veinticuatro pastillas y un pincel.', 'Twenty-four pans and a brush.'],
    ['Lápices de colores', 'Coloured pencils', 8, 24, 'none', 'Treinta y seis colores de mina blanda.', 'Thirty-six colours with a soft lead.'],
    ['Portadocumentos', 'Document holder', 10, 22, 'colours', 'Seis divisiones con elástico.', 'Six dividers with an elastic band.'],
    ['Calendario de pared', 'Wall calendar', 7, 15, 'none', 'Un mes por lámina, con feriados.', 'A month on each sheet, with holidays.'],
    ['Cinta decorativa', 'Washi tape', 3, 8, 'colours', 'Para regalos, cartas y álbumes.', 'For presents, letters and albums.'],
    ['Tijera', 'Scissors', 4, 11, 'colours', 'Corta papel y tela sin esfuerzo.', 'Cuts paper and cloth without effort.'],
    ['Álbum de fotos', 'Photo album', 18, 42, 'colours', 'Doscientas fotos de diez por quince.', 'Two hundred photos of ten by fifteen.'],
    ['Organizador', 'Organiser', 12, 29, 'none', 'Lápices, clips y teléfono en su lugar.', 'Pencils, clips and phone in their places.'],
    ['Sobres de colores', 'Coloured envelopes', 3, 7, 'colours', 'Veinte unidades para invitaciones.', 'Twenty of them, for invitations.'],
  ],
)

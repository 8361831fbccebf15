/** Words of questions that name nothing one could buy, folded; Spanish, English and some Portuguese. */
const SPANISH = `a al algo algun alguna algunas alguno algunos alla alli aqui asi aunque bien buen buena buenas buenos cada como con cual cuales cuando cuanta cuantas cuanto
cuantos de del desde donde dos el ella ellas ellos en entonces era es esa esas ese eso esos esta estan estas este esto estos favor fue fueron gracias hay hasta hola la las le les lo
los mas me mi mis muchas mucho muy nada ni no nos nuestra nuestro o otra otro para pero poco por porque pues que queria quien quiero quisiera saber se sea ser si sin sobre
son soy su sus tambien tan tanto te ti tiene tienen tienes tenes tenemos tengo toda todas todo todos tu tus un una unas uno unos usted ustedes va van y ya yo
busco buscando buscar buscamos necesito necesitamos necesita ofrecen vende venden vendes vendemos comprar compra compro conseguir consigo encontrar encuentro mostrame muestrame mostrar ver
recomendas recomiendas recomiendan recomendacion podrias podes puede pueden puedo precio precios cuesta cuestan sale salen vale valen costo barato barata baratos baratas economico economica
stock disponible disponibles producto productos articulo articulos tienda marca marcas modelo modelos tipo talle talles talla tallas numero tamano tamanos
pedido pedidos orden ordenes llega llego estado seguimiento dia dias dame decime`
const ENGLISH = `a about all also am an and any anything are as at be been but buy by can could did do does dont for from get give had has have hello help hey hi how i if im in into is it its
just know like looking look me much many my need no not of on one or our out please price prices priced recommend sell selling sells shall she he show so some something such than thank thanks that
the their them then there these they this those to too us want wanted was we were what whats when where which who will with without would you your yours ive id
cost costs cheap cheapest affordable available stock product products item items store shop brand brands model models kind type size sizes number
order orders status tracking arrive arrived ship find search offer got carry`
const PORTUGUESE = `ao aos com como da das dele do dos ela ele em essa esse esta este eu isso isto meu minha na nao nas nos num numa os ou para pela pelo por qual quais quando quanto que sao se sem
seu sua tem tenho um uma voce voces procuro preciso quero gostaria preco custa loja produto produtos pedido tamanho`

export const STOP_WORDS: ReadonlySet<string> = new Set(`${SPANISH} ${ENGLISH} ${PORTUGUESE}`.split(/\s+/))

import { listDistrictNames, type DistrictName } from './places.js'

/** Where a settlement lies and what upstream calls it. */
export interface Site {
  district: DistrictName
  entityName: string
}

/** The settlements of one organisation, district by district. */
export type Gazetteer = readonly (readonly [district: DistrictName, names: readonly string[]])[]

export const felda: Gazetteer = [
  ['KOTA TINGGI', [
    'LOK HENG BARAT', 'LOK HENG TIMUR', 'LOK HENG SELATAN', 'ADELA', 'SENING', 'TUNGGAL', 'KLEDANG', 'PAPAN TIMUR',
    'SEMENCHU', 'PASAK', 'BUKIT APING BARAT', 'BUKIT APING TIMUR', 'LINGGIU', 'SUNGAI SIBOL', 'SIMPANG WAHA',
    'BUKIT EASTER', 'PENGGELI TIMUR', 'PASIR RAJA', ...number('AIR TAWAR', 5),
  ]],
  ['KULAI', ['TAIB ANDAK', 'BUKIT BESAR', 'INAS', 'INAS SELATAN', 'BUKIT BATU', 'SUNGAI SAYONG', 'BUKIT PERMAI', 'BUKIT RAMUN']],
  ['KLUANG', ['KAHANG BARAT', 'KAHANG TIMUR', 'AYER HITAM', 'LAYANG-LAYANG', 'ULU BELITONG', 'ULU PENGGELI', 'ULU DENGAR', 'BUKIT TONGKAT']],
  ['SEGAMAT', ['MEDOI', 'REDONG', 'CHEMPLAK', 'CHEMPLAK BARAT', 'KEMELAH', 'TENANG', ...number('PEMANIS', 2), ...number('PALONG TIMUR', 6)]],
  ['MERSING', [...number('NITAR', 2), ...number('TENGGAROH', 6)]],
  ['JEMPOL', ['LUI BARAT', 'LUI TIMUR', 'LUI MUDA', ...number('PALONG', 8), ...number('SERTING HILIR', 6), ...number('RAJA ALIAS', 4)]],
  ['TAMPIN', ['PASIR BESAR', 'BUKIT JALOR', 'BUKIT ROKAN', 'SUNGAI KELAMAH', ...number('JELAI', 4)]],
  ['JELEBU', ['TITI', ...number('PASOH', 4)]],
  ['SEREMBAN', ['SENDAYAN', 'L.B. JOHNSON']],
  ['JERANTUT', ['SUNGAI TEKAM', 'TEKAM UTARA', 'PADANG PIOL', ...number('KOTA GELANGGI', 3), ...number('LEPAR UTARA', 8)]],
  ['MARAN', ['ULU JEMPOL', ...number('JENGKA', 14)]],
  ['BERA', ['KUMAI', 'PURUN', 'TEMENTI', 'MAYAM', 'SEBERTAK', 'RENTAM', 'BUKIT MENDI', 'BUKIT PUCHONG', 'BUKIT KEPAYANG', ...number('TRIANG', 3)]],
  ['TEMERLOH', ['JENDERAK SELATAN', 'JENDERAK UTARA']],
  ['ROMPIN', ['PUKIN', ...number('KERATONG', 10), ...number('SELANCAR', 6), ...number('SELENDANG', 4)]],
  ['PEKAN', ['CHINI TIMUR', ...number('CHINI', 5)]],
  ['KUANTAN', ['BUKIT GOH', 'BUKIT KUANTAN', 'BUKIT SAGU', 'SUNGAI PANCHING SELATAN', ...number('LEPAR HILIR', 4)]],
  ['BENTONG', ['LURAH BILUT', 'CHEMOMOI', 'MEMPAGA']],
  ['RAUB', ['TERSANG', 'LEMBAH KLAU', ...number('KRAU', 3)]],
  ['LIPIS', ['SUNGAI TEMAU', 'TELANG', ...number('KECHAU', 4)]],
  ['KEMAMAN', ['CERUL', 'SEBERANG TAYOR', 'JABUR', 'BUKIT BANDI', 'NERAM']],
  ['DUNGUN', number('KERTEH', 6)],
  ['HULU TERENGGANU', ['BELARA', 'MENGKAWANG']],
  ['SETIU', ['CHALOK BARAT', 'SUNGAI TONG']],
  ['BESUT', ['SELASIH']],
  ['GUA MUSANG', ['PERASU', ...number('ARING', 8), ...number('CHIKU', 8)]],
  ['TANAH MERAH', number('KEMAHANG', 3)],
  ['HULU PERAK', ['LAWIN UTARA', 'LAWIN SELATAN', 'PAPULUT', 'BERSIA', 'NENERING']],
  ['MUALLIM', ['TROLAK UTARA', 'TROLAK SELATAN', 'TROLAK TIMUR', 'SUNGAI BEHRANG', ...number('GUNUNG BESOUT', 6)]],
  ['ULU SELANGOR', ['SUNGAI TENGI', 'SOEHARTO', 'GEDANGSA']],
  ['KUALA SELANGOR', ['BUKIT CHERAKAH']],
  ['ALOR GAJAH', ['HUTAN PERCHA']],
  ['JASIN', ['KEMENDOR', 'BUKIT SENGGEH', 'TUN GHAFAR']],
  ['SIK', ['TELOI TIMUR', 'TELOI KANAN']],
  ['PENDANG', ['SUNGAI TIANG']],
  ['PADANG TERAP', ['LUBUK MERBAU']],
  ['LAHAD DATU', number('SAHABAT', 16)],
  ['KALABAKAN', number('UMAS', 6)],
  ['LUNDU', number('SAMPADI', 3)],
]

export const salcra: Gazetteer = [
  ['BAU', ['JAGOI', 'BAU']],
  ['LUNDU', ['STUNGKOR', 'SEBIRIS', 'SEMATAN', 'JANGKAR']],
  ['SERIAN', ['MONGKOS', 'TAEE', 'KEDUP', 'TRIBOH', 'MUBOK']],
  ['TEBEDU', ['TEBEDU', 'TEMA']],
  ['SRI AMAN', ['PAKIT', 'ULU UNDUP', 'MERINDUN']],
  ['LUBOK ANTU', ['BATU KAYA', 'LEMANAK', 'ULU LEMANAK', 'ENGKELILI']],
  ['BETONG', ['PAKU', 'RIMBAS', 'SPAK', 'LAYAR']],
  ['SARATOK', ['KRIAN', 'ROBAN', 'SARATOK']],
  ['SARIKEI', ['SARIKEI']],
  ['MERADONG', ['MERADONG']],
]

export const kesedar: Gazetteer = [
  ['GUA MUSANG', [
    'CHALIL', 'RENOK BARU', 'JERAM TEKOH', 'SUNGAI TERAH', 'METERIK', 'LIMAU KASTURI', 'SUNGAI ASAP', 'MENTARA',
    'LEBIR', 'JELAWANG', ...number('PALOH', 3),
  ]],
  ['KUALA KRAI', ['RANTAU MANIS', 'LALOH', 'KUALA GRIS', 'DABONG', 'BUKIT TUKU']],
]

export const sldb: Gazetteer = [
  ['KOTA MARUDU', ['LANGKON', 'BINGKONGAN']],
  ['KUNAK', ['KUNAK', 'MOSTYN']],
  ['KINABATANGAN', ['SUKAU', 'BUKIT GARAM']],
  ['BELURAN', ['BELURAN', 'PAMOL']],
  ['BEAUFORT', ['KLIAS', 'LUMADAN']],
  ['TENOM', ['SAPONG']],
  ['KENINGAU', ['SOOK']],
]

export const kejora: Gazetteer = [
  ['KOTA TINGGI', ['BANDAR TENGGARA', 'PENGERANG', 'TANJUNG SEDILI', 'BANDAR MAS', 'LINGGIU']],
  ['MERSING', ['TENGGAROH']],
]

export const ketengah: Gazetteer = [
  ['DUNGUN', ['JAYA', 'BUKIT BESI', 'RASAU KERTEH', 'DURIAN MENTANGAU']],
  ['KEMAMAN', ['CENEH BARU', 'SERI BANDI', 'PERASING JAYA']],
]

export const keda: Gazetteer = [
  ['SIK', ['CHEPIR', 'JENERI']],
  ['BALING', ['KUPANG', 'PULAI']],
  ['PADANG TERAP', ['PEDU', 'NAKA']],
]

export const lkpp: Gazetteer = [
  ['ROMPIN', ['MUADZAM SHAH', 'SUNGAI PUKIN']],
  ['PEKAN', ['NENASI']],
  ['KUANTAN', ['SUNGAI LEMBING']],
]

export const perda: Gazetteer = [
  ['SEBERANG PERAI SELATAN', ['VALDOR', 'SUNGAI BAKAP']],
  ['SEBERANG PERAI UTARA', ['ARA KUDA']],
]

/** Names that match no known organisation, two of which look as if they did. */
export const otherSites: Gazetteer = [
  ['KUALA MUDA', ['KEDAH SMALLHOLDERS COOPERATIVE']],
  ['MUALLIM', ['KOPERASI SERBAGUNA FELDA TROLAK BERHAD']],
  ['BATU PAHAT', ['KOPERASI PEKEBUN KECIL DAERAH BATU PAHAT BERHAD']],
  ['TANGKAK', ['KOPERASI PENANAM SAWIT MAMPAN LEDANG BERHAD']],
  ['SABAK BERNAM', ['KOPERASI PENANAM SAWIT MAMPAN SABAK BERNAM BERHAD']],
  ['KINABATANGAN', ['KOPERASI PEMBANGUNAN DESA KINABATANGAN']],
  ['SUBIS', ['KOPERASI PENANAM SAWIT LESTARI SUBIS BERHAD']],
]

const villages = [
  'SUNGAI BULOH', 'BUKIT LADA', 'PARIT JAWA', 'SERI MAKMUR', 'TANJUNG RIMAU', 'PAYA RUMPUT', 'AIR KUNING',
  'CHANGKAT SETOL', 'TELUK BAKONG', 'LUBUK KAWAH', 'PADANG LALANG', 'BATU TIGA', 'ULU SLIM', 'SERI BENUT',
  'PASIR PANJANG', 'GUAR PERAHU', 'KUALA BIKAM', 'RANTAU PANJANG', 'BELUKAR SEMANG', 'SIMPANG RENGGAM',
  'PULAU TIGA', 'SEBERANG PERAK', 'DURIAN MAS', 'BUKIT KEPONG', 'SUNGAI AMBAT', 'TEBING TINGGI', 'PAYA KELADI',
  'JERAM LANDAK', 'NIBONG BARU', 'RAMBAI MANIS', 'PARIT BULAT', 'SERI BAYAS', 'MERBAU SEMPAK', 'KEPAYANG',
  'GAJAH MATI', 'RIMBA PANJANG', 'BATANG SEROM', 'LADANG BARU', 'CEGAR MEDANG', 'SUNGAI GALAH', 'TERSAT',
  'JAMBU BONGKOK', 'SUNGAI BAGAN',
]

/** The sites of an organisation that works in villages all over the states, a site each time a state is named. */
export function scatterSites (prefixes: readonly string[], stateIds: readonly number[]): Site[] {
  const names = prefixes.flatMap(prefix => villages.map(village => `${prefix} ${village}`))
  return names.map((entityName, index) => ({
    district: takeInTurn(listDistrictNames(takeInTurn(stateIds, index)), index),
    entityName,
  }))
}

/** The sites of a gazetteer, each name led by the organisation's. */
export function listSites (organisation: string, gazetteer: Gazetteer): Site[] {
  return gazetteer.flatMap(([district, names]) =>
    names.map(name => ({ district, entityName: `${organisation} ${name}`.trim() })))
}

function takeInTurn<T> (items: readonly T[], turn: number): T {
  const item = items[turn % items.length]
  if (item === undefined) throw new RangeError('nothing to take')
  return item
}

function number (name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index + 1}`)
}

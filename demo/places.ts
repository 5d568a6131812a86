/** One of the 16 states and federal territories, as `references/states` of upstream has them. */
export interface State {
  stateId: number
  state: string
}

/** A district and the largest circle that fits into it: whatever lies in the circle lies in the district. */
export interface District {
  stateId: number
  state: string
  daerahId: number
  daerah: string
  latDegrees: number
  longDegrees: number
  radiusKm: number
}

const stateNames = [
  'Johor', 'Kedah', 'Kelantan', 'Melaka', 'Negeri Sembilan', 'Pahang', 'Perak', 'Perlis',
  'Pulau Pinang', 'Sabah', 'Sarawak', 'Selangor', 'Terengganu', 'Kuala Lumpur', 'Labuan', 'Putrajaya',
] as const

/** All states, in the order of their ids. */
export const states: readonly State[] = stateNames.map((state, index) => ({ stateId: index + 1, state }))

/**
 * stateId, daerahId, daerah, latitude, longitude, radius in km.
 * Names and circles follow the district boundaries of the Department of Statistics Malaysia
 * (github.com/dosm-malaysia/data-open); only districts where oil palm is grown. The ids are invented,
 * save that of KOTA TINGGI, which is known from the published sample.
 */
const districtRows = [
  [1, 1, 'BATU PAHAT', 1.95, 103.012, 19],
  [1, 3, 'KLUANG', 2.131, 103.385, 21],
  [1, 4, 'KOTA TINGGI', 1.852, 103.836, 21],
  [1, 5, 'MERSING', 2.213, 103.788, 18],
  [1, 6, 'MUAR', 2.033, 102.712, 12],
  [1, 7, 'PONTIAN', 1.472, 103.476, 8],
  [1, 8, 'SEGAMAT', 2.567, 102.789, 17],
  [1, 9, 'KULAI', 1.678, 103.57, 12],
  [1, 10, 'TANGKAK', 2.296, 102.642, 11],
  [2, 11, 'BALING', 5.586, 100.798, 13],
  [2, 12, 'BANDAR BAHARU', 5.198, 100.596, 5],
  [2, 14, 'KUALA MUDA', 5.692, 100.52, 13],
  [2, 15, 'KUBANG PASU', 6.332, 100.39, 12],
  [2, 16, 'KULIM', 5.398, 100.623, 10],
  [2, 18, 'PADANG TERAP', 6.311, 100.693, 15],
  [2, 19, 'SIK', 5.845, 100.755, 13],
  [2, 20, 'YAN', 5.912, 100.403, 5],
  [2, 21, 'PENDANG', 5.978, 100.545, 11],
  [2, 22, 'POKOK SENA', 6.15, 100.515, 5],
  [3, 23, 'BACHOK', 5.976, 102.384, 5],
  [3, 25, 'MACHANG', 5.749, 102.23, 8],
  [3, 26, 'PASIR MAS', 5.985, 102.073, 9],
  [3, 27, 'PASIR PUTEH', 5.828, 102.433, 7],
  [3, 28, 'TANAH MERAH', 5.79, 102.047, 11],
  [3, 30, 'GUA MUSANG', 4.96, 102.256, 22],
  [3, 31, 'KUALA KRAI', 5.441, 102.202, 20],
  [3, 32, 'JELI', 5.485, 101.862, 13],
  [4, 34, 'ALOR GAJAH', 2.391, 102.182, 8],
  [4, 35, 'JASIN', 2.319, 102.426, 8],
  [5, 37, 'JELEBU', 3.039, 102.134, 15],
  [5, 38, 'KUALA PILAH', 2.723, 102.24, 12],
  [5, 40, 'REMBAU', 2.539, 102.108, 8],
  [5, 41, 'SEREMBAN', 2.765, 101.924, 12],
  [5, 42, 'TAMPIN', 2.568, 102.487, 13],
  [5, 43, 'JEMPOL', 2.821, 102.521, 14],
  [6, 44, 'BENTONG', 3.429, 101.929, 15],
  [6, 46, 'JERANTUT', 4.289, 102.592, 22],
  [6, 47, 'KUANTAN', 3.852, 103.052, 22],
  [6, 48, 'LIPIS', 4.37, 101.963, 22],
  [6, 49, 'PEKAN', 3.419, 103.234, 21],
  [6, 50, 'RAUB', 3.913, 101.742, 15],
  [6, 51, 'TEMERLOH', 3.591, 102.273, 22],
  [6, 52, 'ROMPIN', 2.749, 103.153, 22],
  [6, 53, 'MARAN', 3.592, 102.753, 14],
  [6, 54, 'BERA', 3.206, 102.54, 19],
  [7, 55, 'BATANG PADANG', 4.166, 101.312, 16],
  [7, 56, 'MANJUNG', 4.309, 100.696, 12],
  [7, 58, 'KERIAN', 4.979, 100.58, 11],
  [7, 59, 'KUALA KANGSAR', 4.913, 101.232, 15],
  [7, 60, 'LARUT DAN MATANG', 4.766, 100.696, 11],
  [7, 61, 'HILIR PERAK', 4.004, 101.1, 12],
  [7, 62, 'HULU PERAK', 5.355, 101.252, 22],
  [7, 63, 'PERAK TENGAH', 4.18, 100.915, 12],
  [7, 65, 'MUALLIM', 3.851, 101.487, 11],
  [7, 66, 'BAGAN DATUK', 3.922, 100.776, 8],
  [7, 67, 'SELAMA', 5.191, 100.794, 10],
  [8, 68, 'PERLIS', 6.504, 100.263, 11],
  [9, 69, 'SEBERANG PERAI TENGAH', 5.338, 100.483, 4],
  [9, 70, 'SEBERANG PERAI UTARA', 5.504, 100.471, 6],
  [9, 71, 'SEBERANG PERAI SELATAN', 5.199, 100.488, 6],
  [9, 73, 'BARAT DAYA', 5.325, 100.235, 4],
  [10, 74, 'TAWAU', 4.425, 117.989, 20],
  [10, 75, 'LAHAD DATU', 5.001, 117.874, 22],
  [10, 77, 'SANDAKAN', 5.784, 117.767, 8],
  [10, 78, 'KINABATANGAN', 5.438, 117.709, 22],
  [10, 79, 'BELURAN', 6.289, 117.333, 22],
  [10, 81, 'RANAU', 6.054, 116.767, 18],
  [10, 82, 'KOTA BELUD', 6.332, 116.476, 12],
  [10, 83, 'TUARAN', 6.159, 116.296, 13],
  [10, 85, 'PAPAR', 5.67, 116.009, 12],
  [10, 87, 'KOTA MARUDU', 6.411, 116.764, 16],
  [10, 88, 'PITAS', 6.686, 117.097, 13],
  [10, 89, 'BEAUFORT', 5.353, 115.703, 17],
  [10, 91, 'SIPITANG', 4.494, 115.704, 15],
  [10, 92, 'TENOM', 4.731, 115.97, 15],
  [10, 94, 'KENINGAU', 5.288, 116.25, 22],
  [10, 96, 'KUNAK', 4.739, 118.071, 12],
  [10, 97, 'TONGOD', 5.11, 117.047, 22],
  [10, 99, 'TELUPID', 5.688, 117.19, 17],
  [10, 100, 'KALABAKAN', 4.479, 117.409, 21],
  [11, 102, 'BAU', 1.38, 110.106, 13],
  [11, 103, 'LUNDU', 1.615, 109.84, 12],
  [11, 104, 'SAMARAHAN', 1.441, 110.5, 7],
  [11, 105, 'SERIAN', 1.105, 110.619, 14],
  [11, 106, 'SIMUNJAN', 1.354, 110.869, 19],
  [11, 107, 'SRI AMAN', 1.249, 111.308, 19],
  [11, 108, 'LUBOK ANTU', 1.327, 111.883, 22],
  [11, 109, 'BETONG', 1.513, 111.535, 15],
  [11, 110, 'SARATOK', 1.77, 111.409, 11],
  [11, 111, 'SARIKEI', 2.078, 111.478, 13],
  [11, 112, 'MERADONG', 2.111, 111.692, 9],
  [11, 114, 'JULAU', 1.82, 111.899, 13],
  [11, 115, 'SIBU', 2.273, 111.926, 19],
  [11, 116, 'DALAT', 2.628, 112.032, 10],
  [11, 117, 'MUKAH', 2.772, 112.276, 19],
  [11, 118, 'KANOWIT', 1.966, 112.207, 20],
  [11, 119, 'BINTULU', 3.334, 113.262, 12],
  [11, 120, 'TATAU', 2.664, 113.047, 21],
  [11, 125, 'MARUDI', 4.131, 114.364, 13],
  [11, 127, 'LAWAS', 4.747, 115.424, 18],
  [11, 130, 'PAKAN', 1.862, 111.655, 12],
  [11, 131, 'SELANGAU', 2.393, 112.419, 22],
  [11, 132, 'TEBEDU', 1.082, 110.357, 8],
  [11, 133, 'PUSA', 1.583, 111.106, 11],
  [11, 134, 'KABONG', 1.909, 111.254, 10],
  [11, 136, 'SEBAUH', 3.015, 113.495, 22],
  [11, 138, 'SUBIS', 3.677, 113.73, 22],
  [11, 139, 'BELURU', 3.744, 114.192, 18],
  [12, 143, 'KUALA LANGAT', 2.836, 101.524, 12],
  [12, 144, 'KUALA SELANGOR', 3.445, 101.32, 14],
  [12, 146, 'SABAK BERNAM', 3.624, 101.144, 10],
  [12, 147, 'SEPANG', 2.728, 101.696, 7],
  [12, 149, 'ULU SELANGOR', 3.546, 101.61, 17],
  [13, 150, 'BESUT', 5.667, 102.527, 13],
  [13, 151, 'DUNGUN', 4.68, 103.143, 21],
  [13, 152, 'KEMAMAN', 4.253, 103.163, 18],
  [13, 154, 'MARANG', 5.15, 103.167, 7],
  [13, 155, 'HULU TERENGGANU', 5.006, 102.795, 22],
  [13, 156, 'SETIU', 5.467, 102.787, 13],
] as const

export type DistrictName = (typeof districtRows)[number][2]

/** The districts where oil palm is grown, by name; no two states share a district's name. */
export const districts: ReadonlyMap<string, District> = new Map(districtRows.map(
  ([stateId, daerahId, daerah, latDegrees, longDegrees, radiusKm]) =>
    [daerah, { stateId, state: nameState(stateId), daerahId, daerah, latDegrees, longDegrees, radiusKm }]
))

/** The district of that name, which the table is known to have. */
export function findDistrict (name: DistrictName): District {
  const district = districts.get(name)
  if (!district) throw new RangeError(`no district ${name}`)
  return district
}

/** The names of a state's districts. */
export function listDistrictNames (stateId: number): DistrictName[] {
  return districtRows.filter(row => row[0] === stateId).map(row => row[2])
}

function nameState (stateId: number): string {
  const name = stateNames[stateId - 1]
  if (!name) throw new RangeError(`no state ${stateId}`)
  return name
}

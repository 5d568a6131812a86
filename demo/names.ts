import type { Random } from './random.js'

type Community = 'malay' | 'chinese' | 'tamil' | 'iban' | 'kadazan' | 'bugis'

/** People who share a father's or a family name and live in one settlement. */
export interface Family {
  community: Community
  surname: string
}

type Mix = readonly (readonly [Community, number])[]

const peninsularMix: Mix = [['malay', 93], ['chinese', 4], ['tamil', 3]]

const mixes: Readonly<Record<number, Mix>> = {
  2: [['malay', 96], ['chinese', 2], ['tamil', 2]],
  3: [['malay', 99], ['chinese', 1]],
  7: [['malay', 86], ['chinese', 7], ['tamil', 7]],
  10: [['kadazan', 50], ['bugis', 24], ['malay', 22], ['chinese', 4]],
  11: [['iban', 72], ['malay', 22], ['chinese', 6]],
  12: [['malay', 84], ['tamil', 9], ['chinese', 7]],
  13: [['malay', 99], ['chinese', 1]],
}

const men = words(`
  AHMAD ALI ABU_BAKAR ABDULLAH ADNAN AMIN AZIZ AZMAN BAHARUDDIN BAKAR BASIR BENU BORHAN BUJANG CHE_MAT
  DAHALAN DAUD DERAMAN DIN DOLLAH EMBONG FADZIL GHANI GHAZALI HAMID HAMZAH HARUN HASHIM HASSAN HUSIN
  IBRAHIM IDRIS ISHAK ISMAIL ISA JAAFAR JALIL JAMALUDDIN JANTAN JOHARI JUSOH KADIR KAMARUDDIN KASIM
  KHALID KHAMIS LATIF LEBAI MAHMUD MAJID MALEK MAMAT MANAP MANSOR MARZUKI MAT_DIAH MD_NOOR MISKAM
  MISWAN MOHAMAD MOKHTAR MUDA MUHAMMAD MUSA MUSTAFA NASIR NAWI NGADIMAN NGAH NIK_MAT NORDIN OMAR OSMAN
  OTHMAN PAIMAN PONIMAN RAHIM RAHMAN RAMLI RASHID RAZALI REDZUAN ROSLI SAAD SABRI SAFIEE SAIDIN SALLEH
  SAMAD SAMSUDIN SANUSI SELAMAT SENIN SIDEK SUHAIMI SUKIMAN SULAIMAN SULONG TAHIR TAIB TALIB TUKIMAN
  UDA UMAR USOP WAHAB WAHID YAACOB YAHYA YUNUS YUSOF ZAINAL ZAINUDDIN ZAKARIA ZULKIFLI`)

const women = words(`
  AINON AISHAH AMINAH ASIAH ASMAH AZIZAH CHE_SOM ESAH FATIMAH HABSAH HALIJAH HALIMAH HAMIDAH HASNAH
  HATIJAH JAMALIAH JAMILAH JORIAH KALSOM KAMARIAH KHADIJAH LATIFAH MAIMUNAH MARIAM MASTURA MEK_YAM
  MINAH NAFISAH NORAINI NORIAH NORMAH PATIMAH RAHMAH ROKIAH ROSNAH RUBIAH SADIAH SAFIAH SALBIAH SALMAH
  SAODAH SITI_HAJAR SITI_ZAINAB SOPIAH TIJAH TIMAH UMI_KALSOM WAN_CHIK YATIMAH ZABEDAH ZAHARAH ZAINAB
  ZAITON ZALEHA ZAUYAH ZUBAIDAH`)

const menTitles = ['', '', '', '', '', 'MOHD ', 'MOHD ', 'MD. ', 'ABD. ', 'ABDUL ', 'A.', 'HJ. ', 'WAN ', 'NIK ']
const womenTitles = ['', '', '', '', '', '', 'SITI ', 'NOR ', 'HJH. ', 'WAN ', 'CHE ']

const chineseSurnames = words(`
  TAN LIM LEE WONG CHONG NG LAU CHAN CHIN GOH HO KOH LOW ONG TEO YAP SIM TING LING FOO HIEW VOON`)
const chineseSyllables = words(`
  AH BENG BOON CHAI CHEE CHENG CHOON ENG FATT FOOK GUAN HENG HOCK HUAT HWA KEONG KIAT KIM KOK KWANG
  LAI LEONG LIAN MEI MENG MUI PENG POH SENG SIEW SOON SWEE TECK THIAM WAH WENG YEW YIN YOKE`)

const tamilMen = words(`
  ARUMUGAM BALAKRISHNAN CHINNASAMY ELUMALAI GANESAN GOPAL GOVINDASAMY JAYARAMAN KANDASAMY KRISHNAN
  KUMAR KUPPUSAMY MANIAM MARIMUTHU MUNIANDY MURUGAN MUTHUSAMY NADARAJAH NAGAPPAN PALANISAMY PERUMAL
  PONNUSAMY RAJENDRAN RAMASAMY RAMAN SELVARAJ SUBRAMANIAM SUPPIAH VEERAPPAN VELLASAMY`)
const tamilWomen = words(`
  ANJALAI DEVI KALIAMMAH KAMALA LETCHUMI MALLIGA MARIAMMAH PARAMESWARI PUSHPAVATHI RAJESWARI
  SAROJA SELVI THANALETCHUMI VALLIAMMAH VIJAYA`)

const ibanMen = words(`
  AJAN AMBAU ANGGAT ANTHONY ASSAN BAGI BANGAU BANYANG BELAJA BILI BRAIN BUDIN CHANDI DANGGANG DENNIS
  EMPATI ENGKAMAT ENTALAI GANGGA GARE GAWING GERUNSIN GIMAN GUNDI IMBA INGGOL JABU JALI JAMES JANTING
  JARAU JAWA JELANI JIMBAI JINGGUT JOSEPH JUGAH KALONG KANYAN KUDI LANGGI LAWAI LINGGANG LUNCHAI MANGGAT
  MASAM MENGGA MICHAEL MUJAH NANANG NGALI NGUMBANG NYALAU NYAMBONG PANGGAU PETER RANGGAU RENTAP
  SALI SANDAH SAGING SEBLI SELI SIBAT SIGAI TAJAI TEDONG TUGAU UJAI UNGGANG UNYAT`)
const ibanWomen = words(`
  BELI BUNGKONG CHELUM DAYANG ENSILI GANI INDAI JARAH JENGA JULIANA KUMANG LAMOH LENYA LULONG LUMBI
  MAGDELIN MENTI MINGGU NANTI NGINDANG RABAI RICHA RITA SENDI SIBI SUNTI TIPAH TUBAU UMANG`)

const kadazanGivenNames = words(`
  ALBERT ALOYSIUS ANNA BENEDICT CECILIA CLEMENT CORNELIUS DAVID DOMINIC EDWARD FLORA FRANCIS GEORGE
  HELEN HENDRY JAMES JOANNA JOHN JOSEPH JUANIS JULIA JUSTIN LINAH LUCIA MARIA MARTIN MICHAEL MONICA
  PATRICK PAULUS PETER PHILIP RAYMOND RITA ROSALIA SIMON STANLEY THERESA THOMAS VERONICA VICTOR WILLIAM`)
const kadazanSurnames = words(`
  AGUSTIN AMPAI ANGGAU ANTAL BABOON BIANIS BINGKASAN DOUSIN GALUI GAMBIDAU GIMBIT GINDOL GOMBUNAU
  GUMPIL INTANG JAIMIS JALIN JIPANIS JOMINOL JUNTI KIMBIN KINSIU KITINGAN KONDOU KULOI LAJIM LASIMBANG
  LIDADUN LINGGI LOGUIN MAIDIN MAJALAP MAJAKIL MASIDI MATANUL MOJUNTIN MOSIGIL ONGKIS PADIN SAGANING
  SAMBITON SARIMIN SINTI SIPAIN SOMBOI SUMBING TAMBILING TANGGUN TINGKALOR YANGGAU`)

const bugisMen = words(`
  AMBO_TUO AMBO_SAKKA ANDI_BASO ANDI_MAPPA ARSYAD BACO BASRI BEDDU DAENG_MATTE DAENG_PASOLONG HASANUDDIN
  JUMADI KAHAR LA_BACO LA_TANG LANUSU MAPPIASSE MUSTARI NURDIN PATTA RAPPE SAKKA SANGKALA SYAMSUDDIN
  TAHANG TAJUDDIN UDDIN USMAN`)
const bugisWomen = words(`
  BESSE BECCE HADIJAH HASNIAH I_DARA INDO_TANG JUMIATI MARWAH NURHAYATI ROSMIATI SITTI_AMINAH SITTI_HAWA`)

/** Founds a family of one of the communities that live in the state; where that is unknown, on the peninsula. */
export function foundFamily (random: Random, stateId: number | null): Family {
  const community = random.weigh(mixes[stateId ?? 0] ?? peninsularMix)
  return { community, surname: surnames[community](random) }
}

/** Names one member of the family, in upper case as upstream has it. */
export function nameMember (random: Random, { community, surname }: Family): string {
  return members[community](random, surname)
}

const surnames: Record<Community, (random: Random) => string> = {
  malay: nameMalayMan,
  chinese: random => random.pick(chineseSurnames),
  tamil: random => random.pick(tamilMen),
  iban: random => random.pick(ibanMen),
  kadazan: random => random.pick(kadazanSurnames),
  bugis: random => random.pick(bugisMen),
}

const members: Record<Community, (random: Random, surname: string) => string> = {
  malay: (random, father) => isWoman(random)
    ? `${random.pick(womenTitles)}${random.pick(women)} BINTI ${father}`
    : `${nameMalayMan(random)} BIN ${father}`,
  chinese: (random, surname) => `${surname} ${random.pick(chineseSyllables)} ${random.pick(chineseSyllables)}`,
  tamil: (random, father) => isWoman(random)
    ? `${random.pick(tamilWomen)} A/P ${father}`
    : `${random.pick(tamilMen)} A/L ${father}`,
  iban: (random, father) => `${random.pick(isWoman(random) ? ibanWomen : ibanMen)} ANAK ${father}`,
  kadazan: (random, surname) => `${random.pick(kadazanGivenNames)} ${surname}`,
  bugis: (random, father) => isWoman(random)
    ? `${random.pick(bugisWomen)} BINTI ${father}`
    : `${random.pick(bugisMen)} BIN ${father}`,
}

function nameMalayMan (random: Random): string {
  return random.pick(menTitles) + random.pick(men)
}

function isWoman (random: Random): boolean {
  return random.chance(0.3)
}

function words (text: string): string[] {
  return text.trim().split(/\s+/).map(word => word.replaceAll('_', ' '))
}

import {
  felda, keda, kejora, kesedar, ketengah, listSites, lkpp, otherSites, perda, salcra, scatterSites, sldb, type Site,
} from './gazetteer.js'

/** An organisation of smallholders and how its settlements look in the register. */
export interface Scheme {
  name: string
  /** Part of all plots. */
  share: number
  plotsPerSettlement: number
  /** The typical size of a settlement's plots lies between these. */
  areaHa: readonly [min: number, max: number]
  /** Part of the plots that were measured one by one rather than handed out in standard lots. */
  measuredShare: number
  sites: readonly Site[]
}

/** All schemes, the largest first. */
export const schemes: readonly Scheme[] = [{
  name: 'FELDA',
  share: 0.504,
  plotsPerSettlement: 240,
  areaHa: [3.5, 4.5],
  measuredShare: 0.3,
  sites: listSites('FELDA', felda),
}, {
  name: 'FELCRA',
  share: 0.19,
  plotsPerSettlement: 130,
  areaHa: [1.2, 2.8],
  measuredShare: 0.5,
  sites: scatterSites(['FELCRA KAMPUNG', 'FELCRA KAWASAN', 'FELCRA PROJEK'], [6, 7, 1, 5, 11, 6, 3, 7, 12, 10, 4, 13, 2]),
}, {
  name: 'SALCRA',
  share: 0.085,
  plotsPerSettlement: 220,
  areaHa: [1.6, 3.2],
  measuredShare: 0.5,
  sites: listSites('SALCRA', salcra),
}, {
  name: 'RISDA',
  share: 0.07,
  plotsPerSettlement: 80,
  areaHa: [1.2, 2.4],
  measuredShare: 0.6,
  sites: scatterSites(['RISDA KAMPUNG', 'RISDA'], [1, 7, 6, 2, 1, 3, 5, 13, 7, 12, 4, 9, 8]),
}, {
  name: 'KESEDAR',
  share: 0.045,
  plotsPerSettlement: 160,
  areaHa: [3.6, 4.8],
  measuredShare: 0.3,
  sites: listSites('KESEDAR', kesedar),
}, {
  name: 'SLDB',
  share: 0.035,
  plotsPerSettlement: 150,
  areaHa: [2, 4],
  measuredShare: 0.4,
  sites: listSites('SLDB', sldb),
}, {
  name: 'KEJORA',
  share: 0.016,
  plotsPerSettlement: 150,
  areaHa: [2.4, 4],
  measuredShare: 0.4,
  sites: listSites('KEJORA', kejora),
}, {
  name: 'KETENGAH',
  share: 0.015,
  plotsPerSettlement: 120,
  areaHa: [2.4, 4],
  measuredShare: 0.4,
  sites: listSites('KETENGAH', ketengah),
}, {
  name: 'KEDA',
  share: 0.01,
  plotsPerSettlement: 90,
  areaHa: [1.2, 2.4],
  measuredShare: 0.5,
  sites: listSites('KEDA', keda),
}, {
  name: 'LKPP',
  share: 0.008,
  plotsPerSettlement: 120,
  areaHa: [2, 4],
  measuredShare: 0.4,
  sites: listSites('LKPP', lkpp),
}, {
  name: 'PERDA',
  share: 0.004,
  plotsPerSettlement: 80,
  areaHa: [1.2, 2],
  measuredShare: 0.6,
  sites: listSites('PERDA', perda),
}, {
  name: 'OTHER',
  share: 0.018,
  plotsPerSettlement: 100,
  areaHa: [1.2, 3.5],
  measuredShare: 0.7,
  sites: listSites('', otherSites),
}]

import t from 'tap'
import { makeGcsKit } from '../gcs-helpers.js'
import { testStoreContract } from '../store-contract.js'

testStoreContract(t, makeGcsKit)

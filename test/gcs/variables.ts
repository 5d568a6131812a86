// How `npm run test:gcs` tells the tests where the bucket is.
export const endpointVariable = 'OSH_TEST_GCS_ENDPOINT'
export const bucketVariable = 'OSH_TEST_GCS_BUCKET'
export const folderVariable = 'OSH_TEST_GCS_FOLDER'

/*
 * Import this before @peculiar/x509. The injector inside it refuses to start
 * without the `reflect-metadata` polyfill, but injects into no constructor,
 * so that a Reflect which knows of no metadata is all it needs.
 */
const findNothing = () => undefined

Object.assign(Reflect, { getMetadata: findNothing, getOwnMetadata: findNothing })

// As process 1 of a container a process has no defaults for signals: one that comes while the
// modules load, which takes longer than all else at the start, would be lost. Nothing is under way then.
const signals = ['SIGTERM', 'SIGINT'] as const
const exit = () => process.exit(0)

for (const signal of signals) process.on(signal, exit)
const { serve } = await import('./serve.js')
// It has its own handlers by its first await; without any in between, a signal that waits would be lost.
const served = serve()
for (const signal of signals) process.off(signal, exit)
await served

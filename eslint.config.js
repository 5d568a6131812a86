import neostandard from 'neostandard'

export default [
  { ignores: ['dist/', 'dist-test/', 'data/', '.tap/'] },
  ...neostandard({ ts: true }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
    },
  },
]

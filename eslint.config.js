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
  {
    files: ['{bench,demo,routes,schemas,src}/**/*.ts'],
    ignores: ['schemas/typebox/*'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', {
        paths: ['typebox', 'typebox/value'].map(name => ({ name, allowTypeImports: true, message: 'Import it from schemas/typebox, which loads faster.' })),
      }],
    },
  },
]

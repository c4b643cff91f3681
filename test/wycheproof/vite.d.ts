/**
 * The type of `import.meta.glob`, by which Vite brings the vectors into workerd.
 */
/// <reference types="vite/types/importMeta.d.ts" />

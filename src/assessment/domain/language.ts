/** The languages that cards and pages speak. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Words that stand with the data they belong to. */
export type Localized = Readonly<Record<Language, string>>;

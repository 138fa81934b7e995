/** What the modules that both pages share have to say (viewer/browser/moments.js), in the language of this page. */
import { readPageTexts } from '../../viewer/page-texts.ts';

export function readSharedWords() {
  const { language, locale, page } = readPageTexts('en');
  return {
    language,
    locale,
    page: Object.fromEntries(Object.entries(page).filter(([name]) => name.startsWith('moment.'))),
  };
}

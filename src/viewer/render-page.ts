/** The page's frame: static HTML without any patient data; the browser asks for the rest with the same link. */
import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('browser/evidence-page.html', import.meta.url), 'utf8');
const REFUSAL = readFileSync(new URL('browser/refusal.html', import.meta.url), 'utf8');

export function renderPage(options: { readonly language: string; readonly notice: string | undefined }): string {
  return PAGE.replace('{{language}}', escapeHtml(options.language)).replace(
    '{{notice}}',
    escapeHtml(options.notice ?? 'Research use. Decision support, not a diagnosis; the reading of the CT is yours.'),
  );
}

export function renderRefusal(options: { readonly language: string; readonly message: string }): string {
  return REFUSAL.replace('{{language}}', escapeHtml(options.language)).replace(
    '{{message}}',
    escapeHtml(options.message),
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

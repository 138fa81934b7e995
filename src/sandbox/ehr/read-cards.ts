/**
 * A service's answer as an EHR reads it (CDS Hooks 2.0, CDS Service Response): what can be shown is shown, what
 * breaks the specification is named for the integrator. Detail is rendered here, with HTML and images off, so
 * that nothing a service sends can become markup of this page.
 */
import MarkdownIt from 'markdown-it';
import { z } from 'zod';

const coding = z.looseObject({ code: z.string(), system: z.string(), display: z.string().optional() });

const action = z.looseObject({
  type: z.enum(['create', 'update', 'delete']),
  description: z.string().optional(),
  resource: z.looseObject({ resourceType: z.string() }).optional(),
  resourceId: z.string().optional(),
});

const card = z
  .looseObject({
    uuid: z.string().optional(),
    summary: z.string().max(139, 'has 140 characters or more'),
    detail: z.string().optional(),
    indicator: z.enum(['info', 'warning', 'critical']),
    source: z.looseObject({ label: z.string(), url: z.string().optional() }),
    suggestions: z
      .array(
        z.looseObject({
          label: z.string(),
          uuid: z.string().optional(),
          isRecommended: z.boolean().optional(),
          actions: z.array(action).optional(),
        }),
      )
      .optional(),
    selectionBehavior: z.enum(['any', 'at-most-one']).optional(),
    overrideReasons: z.array(coding).optional(),
    links: z
      .array(
        z.looseObject({ label: z.string(), url: z.url({ protocol: /^https?$/ }), type: z.enum(['absolute', 'smart']) }),
      )
      .optional(),
  })
  .refine((value) => !value.suggestions || value.selectionBehavior, 'suggestions without selectionBehavior');

export type EhrCard = z.infer<typeof card> & { readonly detailHtml?: string };

export interface ReadAnswer {
  /** Most severe first, as an EHR orders them. */
  readonly cards: readonly EhrCard[];
  /** What this EHR could not take, in words for an integrator. */
  readonly problems: readonly string[];
}

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');
markdown.renderer.rules['link_open'] = (tokens, index, options, _environment, renderer) => {
  tokens[index]?.attrSet('target', '_blank');
  tokens[index]?.attrSet('rel', 'noopener noreferrer');
  return renderer.renderToken(tokens, index, options);
};

export function readCards(body: unknown): ReadAnswer {
  const answer = z.looseObject({ cards: z.array(z.unknown()) }).safeParse(body);
  if (!answer.success) return { cards: [], problems: ['The answer has no array of cards'] };
  const cards: EhrCard[] = [];
  const problems: string[] = [];
  answer.data.cards.forEach((given, index) => {
    const parsed = card.safeParse(given);
    if (!parsed.success) {
      problems.push(`Card ${String(index + 1)} cannot be shown: ${z.prettifyError(parsed.error)}`);
      return;
    }
    const { detail } = parsed.data;
    cards.push({ ...parsed.data, ...(detail === undefined ? {} : { detailHtml: markdown.render(detail) }) });
  });
  cards.sort((one, other) => SEVERITY[one.indicator] - SEVERITY[other.indicator]);
  return { cards, problems };
}

import { expect } from 'chai';
import { readCards } from '../../../../src/sandbox/ehr/read-cards.ts';
import { SCRIPTED_CARD } from '../../../support/scripted-cds-service.ts';

const card = (change: Record<string, unknown> = {}) => ({ ...SCRIPTED_CARD, ...change });

describe('cards as the EHR reads them', () => {
  it('renders detail as markdown and never as markup of the service', () => {
    const html = readCards({ cards: [card()] }).cards[0]?.detailHtml ?? '';
    expect(html).to.contain('<strong>Look first.</strong>').and.to.contain('<li>slice 14</li>');
    expect(html).to.contain('&lt;script&gt;').and.not.to.contain('<script>');
  });
  it('opens links outside and drops script addresses', () => {
    const html = readCards({ cards: [card({ detail: '[a](https://a.example) [b](javascript:alert(1))' })] }).cards[0]
      ?.detailHtml;
    expect(html).to.contain('target="_blank" rel="noopener noreferrer"');
    expect(html).not.to.contain('href="javascript:');
  });
  it('shows no images', () => {
    expect(
      readCards({ cards: [card({ detail: '![x](https://a.example/x.png)' })] }).cards[0]?.detailHtml,
    ).not.to.contain('<img');
  });
  it('orders by severity', () => {
    const { cards } = readCards({ cards: [card({ indicator: 'info' }), card({ indicator: 'critical' })] });
    expect(cards.map((one) => one.indicator)).to.deep.equal(['critical', 'info']);
  });
  it('names a card it cannot show and shows the others', () => {
    const { cards, problems } = readCards({ cards: [card({ indicator: 'hard-stop' }), card()] });
    expect(cards).to.have.length(1);
    expect(problems[0]).to.match(/^Card 1 cannot be shown/);
  });
  it('refuses a summary of 140 characters', () => {
    expect(readCards({ cards: [card({ summary: 'x'.repeat(140) })] }).problems).to.have.length(1);
  });
  it('refuses a link that is no web address', () => {
    expect(
      readCards({ cards: [card({ links: [{ label: 'x', url: 'javascript:1', type: 'absolute' }] })] }).cards,
    ).to.have.length(0);
  });
  it('says so when there is no array of cards', () => {
    expect(readCards({}).problems).to.deep.equal(['The answer has no array of cards']);
  });
});

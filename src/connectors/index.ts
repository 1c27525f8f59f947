import { nameHint, nearest } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { quoted } from '../lib/sanitize.ts';
import type { Connector } from './connector.ts';
import { daytona } from './daytona/facts.ts';

/** The plan and the templates of a connector are loaded where they are used. */
export const CONNECTORS: readonly Connector[] = [{ ...daytona, load: () => import('./daytona/daytona.ts') }];

export function checkExample({ name, examples }: Connector, wanted: string | undefined): void {
	if (wanted === undefined || examples.includes(wanted)) return;
	throw new UsageError(`There is no ${name} example named ${quoted(wanted)}.`, nameHint(wanted, examples));
}

export const CONNECTOR_NAMES = CONNECTORS.map(({ name }) => name);

/** Takes a name, an alias, or Flue's own form with the kind in front (`sandbox daytona`). */
export function findConnector(words: readonly string[], connectors: readonly Connector[] = CONNECTORS): Connector {
	const [kind, name = kind] = words;
	const found = connectors.find(
		(connector) =>
			(connector.name === name || connector.aliases.includes(name ?? '')) &&
			(words.length === 1 || (words.length === 2 && connector.kind === kind)),
	);
	if (found !== undefined) return found;
	const names = connectors.map((connector) => connector.name);
	throw new UsageError(`Unknown connector ${quoted(words.join(' '))}.`, nameHint(name ?? '', names));
}

function isName(word: string): boolean {
	return CONNECTORS.some(({ name, aliases }) => name === word || aliases.includes(word));
}

/** Whether one of our connectors is meant, though its name may be mistyped. */
export function meansConnector(words: readonly string[]): boolean {
	return words.some(isName) || nearest(words.at(-1) ?? '', CONNECTOR_NAMES) !== undefined;
}

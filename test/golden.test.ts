import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RUNTIME_PROFILES } from '../src/ecosystem/flue-runtimes.ts';
import { sha256 } from '../src/plan/fingerprint.ts';
import { readMarker } from '../src/plan/marker.ts';
import { connectorFile } from './support/added-project.ts';
import { flue } from './support/flue.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const SINCE = RUNTIME_PROFILES.map(({ since }) => since);

/** When a template has changed: `npx vitest run test/golden.test.ts -u`. */
test('records what takes long to compute of each connector', async () => {
	const entries = SINCE.map((since) => {
		const content = connectorFile(since);
		return [since, { fingerprint: readMarker(content)?.fingerprint, sha256: sha256(content) }];
	});
	const json = JSON.stringify(Object.fromEntries(entries), undefined, 2);
	await expect(`${json}\n`).toMatchFileSnapshot('../src/connectors/daytona/recorded.json');
});

test.each(SINCE)('writes the connector that was reviewed for Flue %s', async (since) => {
	const cwd = temporaryFolder({ 'package.json': { name: 'bot', private: true }, '.flue/agents/': '' });
	const { exitCode } = await flue(['add', 'daytona', '--write', '--no-install', '--runtime', since], { cwd });
	expect(exitCode).toBe(0);
	const content = readFileSync(join(cwd, '.flue/connectors/daytona.ts'), 'utf8');
	expect(content).toMatch(/^[\n\t\x20-\x7E]*$/);
	// A file with the marker would be a connector of this very repository.
	const [marker, ...code] = content.split('\n');
	expect(marker).toMatch(new RegExp(`^// flue-connectors: daytona@\\d+ profile=${since} fingerprint=[0-9a-f]{32}$`));
	await expect(code.join('\n')).toMatchFileSnapshot(`golden/connectors/${since}/daytona.ts`);
});

test.each(SINCE)('prints the instructions that were reviewed for Flue %s', async (since) => {
	const cwd = temporaryFolder({ 'package.json': { name: 'bot', private: true }, '.flue/agents/': '' });
	const { stdout } = await flue(['add', 'daytona', '--print', '--runtime', since], { cwd });
	const withoutFile = stdout
		.replace(/(```ts file="[^"]*"\n).*?\n```\n/s, '$1```\n')
		.replaceAll(/[0-9a-f]{64}/g, 'SHA256')
		.replaceAll(/\d+ bytes/g, 'N bytes');
	await expect(withoutFile).toMatchFileSnapshot(`golden/instructions/${since}.md`);
});

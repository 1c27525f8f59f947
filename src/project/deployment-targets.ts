import { join } from 'node:path';
import { below } from '../lib/paths.ts';
import { isConnectorPath } from '../lib/sanitize.ts';
import { kindOf, listFolder, readTextIfAny } from '../system/files.ts';
import type { DeploymentTarget, Fact } from './project.ts';

const WRANGLER_FILES = ['wrangler.toml', 'wrangler.json', 'wrangler.jsonc'];

const WORKFLOWS = '.github/workflows';

const MOST_WORKFLOWS = 20;

const WORKFLOW_BYTES = 64 * 1024;

export function findTargets(root: string, gitRoot: string | undefined): readonly Fact<DeploymentTarget>[] {
	const wrangler = WRANGLER_FILES.find((name) => kindOf(below(root, name)) === 'file');
	const workflow = findWorkflow(gitRoot ?? root);
	return [
		...(wrangler === undefined ? [] : [{ value: 'cloudflare', from: wrangler } as const]),
		...(workflow === undefined ? [] : [{ value: 'github-actions', from: workflow } as const]),
	];
}

/** The first workflow that speaks of Flue. */
function findWorkflow(top: string): string | undefined {
	const files = listFolder(below(top, WORKFLOWS), MOST_WORKFLOWS).filter(
		({ name, kind }) => kind === 'file' && /\.ya?ml$/.test(name),
	);
	const found = files.find(({ name }) =>
		/\bflue\b/i.test(readTextIfAny(join(top, WORKFLOWS, name), WORKFLOW_BYTES) ?? ''),
	);
	if (found === undefined) return undefined;
	return isConnectorPath(found.name) ? `${WORKFLOWS}/${found.name}` : WORKFLOWS;
}

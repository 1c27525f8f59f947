import { join, posix } from 'node:path';
import { type SourceDir, USE_AGENT } from '../ecosystem/flue-runtimes.ts';
import { below } from '../lib/paths.ts';
import { readTextIfAny } from '../system/files.ts';
import type { DurableClass, Runtime } from './project.ts';
import { listModules, type ModuleSearch } from './modules.ts';

const MODULE_BYTES = 64 * 1024;

/**
 * The Durable Object classes that Flue generates for the project's agents and workflows when it builds for Cloudflare.
 * Up to 1.0.0-beta.9 a module of `agents/` or `workflows/` is one; in 2.x each exported function with a capital in a
 * module that says 'use agent' is.
 */
export function findDurableClasses(
	{ root, base, dir }: { readonly root: string; readonly base: string; readonly dir: SourceDir },
	{ profile }: Runtime,
	search: () => ModuleSearch,
): readonly DurableClass[] {
	const sourceRoot = join(root, base);
	if (profile.cloudflare.migrations === 'flue') return [];
	if (profile.agentApi === 'use-agent') {
		const inside = search().modules.filter(({ path }) => dir === '.' || path.startsWith(`${dir}/`));
		return inside
			.filter(({ head }) => USE_AGENT.test(head))
			.flatMap(({ path }) => {
				const names = agentNames(readTextIfAny(below(sourceRoot, path), MODULE_BYTES) ?? '');
				return names.map((name) => ({ name: durableClassName(name, 'Agent'), from: base + path }));
			});
	}
	const classes = (['Agent', 'Workflow'] as const).flatMap((kind) =>
		listModules(sourceRoot, posix.join(dir, `${kind.toLowerCase()}s`)).map((path) => ({
			name: durableClassName(posix.parse(path).name, kind),
			from: base + posix.normalize(path),
		})),
	);
	return profile.cloudflare.registry ? [{ name: REGISTRY, from: '@flue/runtime' }, ...classes] : classes;
}

/** Up to 1.0.0-beta.9 every build has it: it knows all runs of workflows. */
export const REGISTRY = 'FlueRegistry';

/** As Flue derives it since 0.10: `hello-daytona` in `workflows/` becomes FlueHelloDaytonaWorkflow. */
export function durableClassName(name: string, kind: 'Agent' | 'Workflow'): string {
	const words = name.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
	return `Flue${words.join('')}${kind}`;
}

const EXPORTED = /^export\s+(?:default\s+)?(?:async\s+)?function\s*\*?\s*([A-Z]\w*)/gm;

const EXPORTED_VALUE =
	/^export\s+(?:const|let|var)\s+([A-Z]\w*)[^=\n]*=\s*(?:async\s*)?(?:function\b|\(|[\w$]+\s*=>)/gm;

function agentNames(text: string): string[] {
	const names = [...text.matchAll(EXPORTED), ...text.matchAll(EXPORTED_VALUE)].map(([, name = '']) => name);
	return names.map((name) => {
		const pinned = new RegExp(`^${name}\\.agentName\\s*=\\s*(['"\`])([\\w-]+)\\1`, 'm').exec(text);
		return pinned?.[2] ?? name;
	});
}

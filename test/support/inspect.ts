import { UsageError } from '../../src/lib/errors.ts';
import { inspectProject } from '../../src/project/inspect.ts';
import type { Project } from '../../src/project/project.ts';

type InspectOptions = Parameters<typeof inspectProject>[0];

export async function inspect(cwd: string, options: Partial<InspectOptions> = {}): Promise<Project> {
	return await inspectProject({
		cwd,
		connector: 'daytona',
		packages: ['@daytona/sdk'],
		...options,
	});
}

/** The sentence and the hint that the user reads instead of an answer. */
export async function inspectRefusal(
	cwd: string,
	options: Partial<InspectOptions> = {},
): Promise<{ message: string; hint: string }> {
	try {
		await inspect(cwd, options);
	} catch (error) {
		if (error instanceof UsageError) return { message: error.message, hint: error.hint ?? '' };
		throw error;
	}
	throw new Error('The project was not refused.');
}

/** A package.json that asks for this `@flue/runtime`. */
export function flueManifest(runtime: string, rest: object = {}): object {
	return { name: 'app', type: 'module', dependencies: { '@flue/runtime': runtime }, ...rest };
}

import driver from '../../../templates/daytona/driver.ts.hbs';
import sessionMs from '../../../templates/daytona/session-ms.ts.hbs';
import session from '../../../templates/daytona/session.ts.hbs';
import type { AgentApi, Contract, RuntimeProfile } from '../../runtime-profiles.ts';

/** Goes up when the rendered text changes, so that an older file is known as ours. */
export const TEMPLATE_VERSION = 1;

const TEMPLATES = { session, 'session-ms': sessionMs, driver } satisfies Record<Contract, (view: object) => string>;

/** How the connector is passed to Flue, in one line. */
const USAGES = {
	triggers: 'init({ sandbox: daytona(sandbox), model })',
	'create-agent': 'createAgent(() => ({ sandbox: daytona(sandbox), model }))',
	'define-workflow': 'defineAgent(() => ({ sandbox: daytona(sandbox), model }))',
	'use-agent': 'useSandbox(daytona(sandbox))',
} satisfies Record<AgentApi, string>;

/** The connector for a project with this runtime, without the marker line that the engine puts in front. */
export function renderConnectorFile(profile: RuntimeProfile): string {
	return TEMPLATES[profile.contract]({
		usage: USAGES[profile.agentApi],
		hasSandboxDiedError: profile.errors.includes('SandboxDiedError'),
	});
}

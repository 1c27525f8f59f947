import driver from '../../../templates/daytona/driver.ts.hbs';
import sessionMs from '../../../templates/daytona/session-ms.ts.hbs';
import session from '../../../templates/daytona/session.ts.hbs';
import type { AgentApi, Contract, RuntimeProfile } from '../../runtime-profiles.ts';
import type { Templates } from '../connector.ts';

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

/** The newest one is the current one; a version that was released never changes and never goes. */
export const templates: Templates = new Map([[1, renderConnectorFile]]);

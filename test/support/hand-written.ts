/** A connector as Flue's own guides have it written, with types of its own. */
export function handWritten(deadline: string, use: string): string {
	return `import type { Sandbox } from '@daytona/sdk';
import { createSandboxSessionEnv, type SandboxApi, type SandboxFactory } from '@flue/runtime';

class DaytonaApi implements Pick<SandboxApi, 'exec'> {
	private readonly sandbox: Sandbox;
	constructor(sandbox: Sandbox) {
		this.sandbox = sandbox;
	}
	async exec(command: string, options?: { cwd?: string; ${deadline}?: number }) {
		const response = await this.sandbox.process.executeCommand(command, options?.cwd, undefined, ${use});
		return { stdout: response.result, stderr: '', exitCode: response.exitCode };
	}
}

export function daytona(sandbox: Sandbox): SandboxFactory {
	return { createSessionEnv: async () => createSandboxSessionEnv(new DaytonaApi(sandbox) as unknown as SandboxApi, '/home/daytona') };
}
`;
}

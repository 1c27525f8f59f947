export interface Match<Handler> {
	/** Method and template: `POST /sandbox/{id}/start`. */
	readonly route: string;
	readonly parameters: readonly string[];
	readonly handler: Handler;
}

/** Keys are `METHOD /path/{parameter}`; the first that fits wins. */
export function createRouter<Handler>(table: Readonly<Record<string, Handler>>) {
	const routes = Object.entries(table).map(([route, handler]) => {
		const [method = '', template = ''] = route.split(' ');
		const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`);
		return { method, pattern, route, handler };
	});
	return (method: string, path: string): Match<Handler> | undefined => {
		for (const candidate of routes) {
			const found = candidate.method === method ? candidate.pattern.exec(path) : null;
			if (found !== null) {
				const parameters = found.slice(1).map(decodeURIComponent);
				return { route: candidate.route, parameters, handler: candidate.handler };
			}
		}
		return undefined;
	};
}

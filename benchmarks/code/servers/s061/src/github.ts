export class GitHub {
  constructor(private readonly token: string | undefined = process.env.GITHUB_TOKEN) {}

  async stars(owner: string, name: string): Promise<number> {
    const path = [owner, name].map(encodeURIComponent).join("/");
    const headers: Record<string, string> = { accept: "application/vnd.github+json" };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const answer = await fetch(`https://api.github.com/repos/${path}`, { headers });
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status}`);
    return ((await answer.json()) as { stargazers_count: number }).stargazers_count;
  }
}

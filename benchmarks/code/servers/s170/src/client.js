const key = process.env.LINEAR_API_KEY;

export async function graphql(query, variables = {}) {
  if (!key) throw new Error("set LINEAR_API_KEY");
  const answer = await fetch("https://api.linear.app/graphql", {
    method: "POST",
    headers: { authorization: key, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

